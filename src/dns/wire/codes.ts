// The numbers of DNS messages that we use (IANA's registry "Domain Name System Parameters").

export const TYPE = { A: 1, NS: 2, CNAME: 5, SOA: 6, TXT: 16, AAAA: 28, TSIG: 250, ANY: 255 } as const

/** In an UPDATE the last two say what a record without data means (RFC 2136 sections 2.4 and 2.5). */
export const CLASS = { IN: 1, NONE: 254, ANY: 255 } as const

export const OPCODE = { QUERY: 0, UPDATE: 5 } as const

export const RCODE = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  YXDOMAIN: 6,
  YXRRSET: 7,
  NXRRSET: 8,
  NOTAUTH: 9,
  NOTZONE: 10,
} as const

/** What the TSIG of a refused request says (RFC 8945 section 3). */
export const TSIG_ERROR = { NONE: 0, BADSIG: 16, BADKEY: 17, BADTIME: 18, BADTRUNC: 22 } as const

/** The word for a number, or the number: `NXRRSET`. */
export function formatRcode(rcode: number): string {
  return Object.entries(RCODE).find(([, number]) => number === rcode)?.[0] ?? `code ${rcode}`
}
