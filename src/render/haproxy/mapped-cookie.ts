// A sticky cookie whose name is looked up: HAProxy knows it by a name of its own, which is exchanged on the way in and out.
import { PARAMETER_MAPS } from './rows.ts'

/** The name inside a place of the reserve. */
const RESERVED_COOKIE = 'FLSRV'

/** A cookie that keeps a client on its server: HAProxy makes its value of the server's address and a secret. */
export function renderCookie(name: string, cookieKey: string): string[] {
  return [`cookie ${name} insert indirect nocache httponly dynamic`, `dynamic-cookie-key ${cookieKey}`]
}

/**
 * The wanted name is put before the client's cookies, found again among them by a reference back to it, and taken away.
 * HAProxy looks for its cookie after these rules, and `indirect` takes it out of what the server gets. Without a name
 * no cookie is looked for or set.
 */
export function renderMappedCookie(cookieKey: string): string[] {
  const isNamed = 'if { var(txn.cookie) -m found }'
  const replace = (pattern: string, by: string) => `http-request replace-header Cookie '${pattern}' '${by}' ${isNamed}`
  return [
    ...renderCookie(RESERVED_COOKIE, cookieKey),
    `ignore-persist if !{ be_name,map_str(${PARAMETER_MAPS.cookie}) -m found }`,
    `http-request set-var(txn.cookie) be_name,map_str(${PARAMETER_MAPS.cookie})`,
    replace('^(.*)$', '%[var(txn.cookie)]|\\1'),
    replace('^([^|]*)\\|(.*; *|)\\1=([^;]*)(.*)$', `|\\2${RESERVED_COOKIE}=\\3\\4`),
    replace('^[^|]*\\|(.*)$', '\\1'),
    `http-after-response replace-header Set-Cookie '^${RESERVED_COOKIE}=(.*)$' '%[var(txn.cookie)]=\\1' ${isNamed}`,
  ]
}
