// Why a file could not be read, for a person.

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not read it',
}

/** "there is no such file"; the system's own words where there are none of ours. */
export function describeUnread(error: NodeJS.ErrnoException): string {
  return REASONS[error.code ?? ''] ?? error.message
}
