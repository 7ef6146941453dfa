// Why a request or connection ended, in words: HAProxy's two letters (section "Session state at disconnection").

const WHEN: Readonly<Record<string, string>> = {
  R: 'before the request was complete',
  Q: 'while it waited for a free server',
  C: 'before a server was connected',
  H: 'before the server answered',
  D: 'while data was passed on',
  L: 'before the client had all of it',
  T: 'while it was held back',
}

const WHO: Readonly<Record<string, string>> = {
  C: 'the client left',
  c: 'the client was silent too long',
  S: 'the server broke off',
  s: 'the server was silent too long',
  P: 'the load balancer refused it',
  L: 'the load balancer answered it itself',
  R: 'the load balancer had no more room for it',
  I: 'the load balancer met a fault of its own',
  D: 'it was ended because its server went down',
  U: 'it was ended because a better server came back',
  K: 'it was ended by hand',
}

/** Where the two together have a plainer name. */
const KNOWN: Readonly<Record<string, string>> = {
  SC: 'no server took the connection',
  sC: 'no server took the connection in time',
  sQ: 'no server became free in time',
  sH: 'the server did not answer in time',
  SH: 'the server broke off before it answered',
  SD: 'the server broke off in the middle',
  CD: 'the client left in the middle',
  PR: 'the load balancer refused it',
  LR: 'the load balancer answered it itself',
  PT: 'too many requests: it was held back and refused',
  PH: 'what the server answered is not allowed',
}

/** The words, or null where it ended well. */
export function formatEnding(end: string): string | null {
  const [who = '-', when = '-'] = end
  if (who === '-') return null
  const known = KNOWN[end]
  if (known !== undefined) return known
  return [WHO[who] ?? `it ended with ${end}`, WHEN[when]].filter(Boolean).join(' ')
}
