// `return` and `rewrite`: what nginx answers by itself, and the path servers are to see.
import { parseHostPort, parseRedirectTarget, parseRegex } from '../../model/text.ts'
import { formatLine, type Remarks } from '../remark.ts'
import type { RouteKeys } from '../site.ts'
import type { Directive } from './parse-nginx.ts'

type Redirect = NonNullable<RouteKeys['redirect']>

const STATUSES = [301, 302, 303, 307, 308] as const

/** What clients are sent to; null for what is no redirect. */
export function readReturn({ words, line, name }: Directive, remarks: Remarks): Redirect | null {
  const [first = '', second] = words
  // `return URL` is a 302.
  const [code, to] = second === undefined && /^(https?:|\$scheme)/.test(first) ? ['302', first] : [first, second ?? '']
  const status = STATUSES.find((known) => String(known) === code)
  const target = status === undefined ? null : readTarget(to)
  if (status !== undefined && target) return { ...target, ...(status === 302 ? {} : { status }) }
  const why =
    status === undefined
      ? 'only redirects can be answered'
      : 'a redirect needs a whole address, with variables only for scheme, host and path'
  remarks.leaveOut(line, `${formatLine([name, ...words])}: ${why}`)
  return null
}

/** Whether it does nothing but send a request to https. */
export function isWayToTls({ scheme, host, to }: Redirect): boolean {
  return scheme === 'https' && host === undefined && to === undefined
}

function readTarget(address: string): Pick<Redirect, 'to' | 'scheme' | 'host' | 'keepPath'> | null {
  const [, scheme = '', host = '', rest = ''] = /^(https?|\$scheme):\/\/(\$[a-z_]+|[^/$]+)(.*)$/.exec(address) ?? []
  const isSameHost = ['$host', '$http_host', '$server_name'].includes(host)
  const keepsPath = rest === '$request_uri'
  if (!isSameHost && !parseHostPort(host).ok) return null
  if (keepsPath)
    return {
      ...(scheme === '$scheme' ? {} : { scheme: scheme as 'http' | 'https' }),
      ...(isSameHost ? {} : { host }),
    }
  const isLiteral = !isSameHost && scheme !== '$scheme' && !rest.includes('$') && parseRedirectTarget(address).ok
  return isLiteral ? { to: address, keepPath: false } : null
}

/** Another path for servers; null for what cannot be said. */
export function readRewrite({ words, line }: Directive, remarks: Remarks): NonNullable<RouteKeys['rewrite']> | null {
  const [regex = '', replacement = '', flag] = words
  const isPlain = !/\$(?!\d)|[?\\]|^https?:/.test(replacement) && replacement.startsWith('/')
  if (isPlain && parseRegex(regex).ok && (flag === 'break' || flag === 'last' || flag === undefined)) {
    if (flag !== 'break')
      remarks.note(line, 'rewrite: servers see the new path; the route stays the one of the path that was asked for')
    return { regex, to: replacement.replace(/\$(\d)/g, '\\$1') }
  }
  remarks.leaveOut(
    line,
    `${formatLine(['rewrite', ...words])}: only a path with $1 to $9 can stand in place of the old one`,
  )
  return null
}
