// A health check becomes lines of a pool's section: what HAProxy sends, and what it takes for well.
import { formatStatuses, type HealthCheck } from '../../model/health-check.ts'
import { GRPC_ANSWER, GRPC_GOODBYE, GRPC_SERVICE_KNOWN, GRPC_SERVING, toGrpcQuestion } from './grpc-check.ts'
import { PARAMETER_MAPS } from './rows.ts'
import { renderFormat, renderWord } from './word.ts'

/** Whether a pool's path and host stand in the check itself, or are looked up by its place. */
type Naming = 'stated' | 'mapped'

/** The lines; none where HAProxy checks by connecting, or not at all. */
export function renderHealthCheck(check: HealthCheck, naming: Naming): string[] {
  switch (check.type) {
    case 'none':
    case 'tcp':
      return []
    case 'http':
      return renderHttp(check, naming)
    case 'custom':
      return [
        'option tcp-check',
        'tcp-check connect',
        ...(check.send === '' ? [] : [`tcp-check send-binary ${check.send}`]),
        `tcp-check expect binary ${check.expect}`,
      ]
    case 'redis':
      return REDIS
    case 'smtp':
      return ['option smtpchk EHLO fairlead']
    case 'postgres':
      return [`option pgsql-check user ${check.user}`]
    case 'mysql':
      return [`option mysql-check user ${check.user}`]
    case 'grpc':
      return renderGrpc(check.service, check.host)
  }
}

type HttpCheck = Extract<HealthCheck, { type: 'http' }>

/** Our name for a server is its target without brackets; a Host header has them around IPv6. */
const SERVER_ITSELF = 'srv_name,regsub("^(.*:.*):([0-9]+)$","[\\1]:\\2")'

const MAPPED_URI = `uri-lf "%[be_name,map_str(${PARAMETER_MAPS.checkPath},/)]"`

/** The host is the row's, or the server itself where there is none: the first word that is not empty. */
const MAPPED_HOST = `"%[be_name,map_str(${PARAMETER_MAPS.checkHost},|),concat(|,check.self),word(1,|)]"`

function renderHttp(check: HttpCheck, naming: Naming): string[] {
  const { path, host, method = 'GET', headers = [], statuses, body } = check
  const isMapped = naming === 'mapped'
  const isNamed = headers.some(([name]) => name.toLowerCase() === 'user-agent')
  // The Host is what a client would send that asks the server itself, unless the user names one.
  const ownHost = host ?? `'%[${SERVER_ITSELF}]'`
  const send = [
    `http-check send meth ${method}`,
    isMapped ? MAPPED_URI : `uri ${renderWord(path)}`,
    'ver HTTP/1.1',
    ...(isNamed ? [] : ['hdr User-Agent fairlead-health-check']),
    `hdr Host ${isMapped ? MAPPED_HOST : ownHost}`,
    ...headers.map(([name, value]) => `hdr ${name} ${renderFormat(value)}`),
  ].join(' ')
  return [
    'option httpchk',
    ...(isMapped ? [`http-check set-var(check.self) '${SERVER_ITSELF}'`] : []),
    send,
    `http-check expect status ${formatStatuses(statuses)}`,
    ...(body ? [`http-check expect ${body.kind === 'regex' ? 'rstring' : 'string'} ${renderWord(body.text)}`] : []),
  ]
}

/** HAProxy's own redis-check takes a Redis that wants a password, or allows us nothing, for broken. */
const REDIS = [
  'option tcp-check',
  'tcp-check connect linger',
  `tcp-check send-binary ${Buffer.from('*1\r\n$4\r\nPING\r\n').toString('hex').toUpperCase()}`,
  'tcp-check expect rstring ^[-+] error-status L7RSP on-error "not an answer of Redis"',
  'tcp-check expect rstring ^(\\+PONG|-NOAUTH|-NOPERM) min-recv 1 error-status L7STS on-error "Redis: %[res.payload(1,0)]"',
]

/**
 * A question in bytes: HAProxy's http-check can send no empty message (five zero bytes) and sees no trailers. `linger`:
 * a server is not to take the end of a check for a broken connection.
 */
function renderGrpc(service: string, host: string): string[] {
  const wrong = (what: string, status: string) => `error-status ${status} on-error "${what}"`
  return [
    'option tcp-check',
    'tcp-check connect linger',
    `tcp-check send-binary ${toGrpcQuestion(service, host)}`,
    `tcp-check expect rbinary ${GRPC_ANSWER} ${wrong('no gRPC answer', 'L7RSP')}`,
    `tcp-check expect rbinary ${GRPC_SERVICE_KNOWN} min-recv 1 ${wrong('gRPC: health service or service unknown', 'L7STS')}`,
    `tcp-check expect rbinary ${GRPC_SERVING} min-recv 1 ${wrong('gRPC: not SERVING', 'L7STS')}`,
    `tcp-check send-binary ${GRPC_GOODBYE}`,
  ]
}
