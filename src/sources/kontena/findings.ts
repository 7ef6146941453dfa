// What is found while a service is read, in sentences: faults keep it from serving, remarks do not.

export type Findings = { readonly faults: string[]; readonly remarks: string[] }
