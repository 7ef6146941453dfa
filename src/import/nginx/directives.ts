// What directives mean that say nothing of where requests go: those that need nothing, and those nobody carries out.
import { formatLine, type Remarks } from '../remark.ts'
import type { Directive } from './parse-nginx.ts'

const OWN_LOG = 'the daemon and HAProxy log in their own way'
const OWN_PROCESS = 'belongs to the process of nginx'
const BUFFERS = 'HAProxy passes bodies on as they come, without files'
const KEPT = 'connections are kept anyway'
const CIPHERS =
  'ports speak what the guideline of Mozilla says; `tls.settings`, `tls.minVersion` and `tls.ciphers` change that'

/** Nothing of it is missed; a reason where a person might wonder. */
const NOTHING_NEEDED: Readonly<Record<string, string | null>> = {
  access_log: OWN_LOG,
  charset: null,
  chunked_transfer_encoding: null,
  default_type: null,
  error_log: OWN_LOG,
  events: null,
  gzip_comp_level: null,
  gzip_min_length: null,
  gzip_proxied: null,
  gzip_types: 'texts of the usual types are compressed',
  gzip_vary: null,
  http2: null,
  keepalive_requests: KEPT,
  log_format: OWN_LOG,
  pid: OWN_PROCESS,
  proxy_buffer_size: BUFFERS,
  proxy_buffering: BUFFERS,
  proxy_buffers: BUFFERS,
  proxy_busy_buffers_size: BUFFERS,
  proxy_cache_bypass: null,
  proxy_http_version: 'servers are asked in HTTP/1.1, and upgrades to WebSocket pass',
  proxy_pass_header: null,
  proxy_redirect: 'addresses in answers are passed on as they are',
  proxy_request_buffering: BUFFERS,
  proxy_send_timeout: null,
  resolver: 'names are resolved as the machine does, again every 5 s',
  resolver_timeout: null,
  send_timeout: null,
  sendfile: null,
  server_tokens: 'HAProxy does not name itself',
  ssl: null,
  ssl_session_cache: null,
  ssl_session_tickets: null,
  ssl_session_timeout: null,
  tcp_nodelay: null,
  tcp_nopush: null,
  types: null,
  types_hash_max_size: null,
  user: OWN_PROCESS,
  worker_connections: OWN_PROCESS,
  worker_processes: OWN_PROCESS,
  worker_rlimit_nofile: OWN_PROCESS,
}

/** What is lost, and what to do instead. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  alias: 'belongs to a location that serves files',
  allow: 'write it as access.allow into the load balancer or route; here nobody is kept out',
  auth_basic: 'write it as auth.basic into the load balancer or route; here nobody is asked for a password',
  auth_basic_user_file: 'write its users as auth.basic.users; here nobody is asked for a password',
  auth_request: 'has no counterpart; nobody is asked who they are',
  client_max_body_size: 'bodies are not limited',
  deny: 'write it as access.deny into the load balancer or route; here nobody is kept out',
  error_page: 'give `unavailable` for what clients see while no server can answer',
  expires: 'set a header with `headers.response.set`',
  fastcgi_pass: 'only HTTP servers can be balanced',
  geo: 'there are no variables',
  grpc_pass: 'only HTTP servers can be balanced',
  if: 'there are no conditions; write routes',
  include: 'is not followed; import that file by itself',
  limit_conn: 'give `rateLimit`, or `maxConnections` on a backend',
  limit_conn_zone: 'give `rateLimit`, or `maxConnections` on a backend',
  limit_req: 'give `rateLimit: {requests, window}`',
  limit_req_zone: 'give `rateLimit: {requests, window}`',
  map: 'there are no variables',
  proxy_cache: 'answers are not kept',
  proxy_cache_path: 'answers are not kept',
  proxy_cache_valid: 'answers are not kept',
  proxy_ssl_verify: 'servers are asked without TLS',
  set: 'there are no variables',
  split_clients: 'there are no variables',
  ssl_ciphers: CIPHERS,
  ssl_client_certificate: 'clients are not asked for certificates',
  ssl_dhparam: CIPHERS,
  ssl_ecdh_curve: CIPHERS,
  ssl_prefer_server_ciphers: CIPHERS,
  ssl_stapling: 'answers about revocation are not attached',
  ssl_stapling_verify: 'answers about revocation are not attached',
  ssl_trusted_certificate: 'answers about revocation are not attached',
  ssl_verify_client: 'clients are not asked for certificates',
  sub_filter: 'bodies are passed on as they are',
  try_files: 'belongs to a location that serves files; what is missing there gets 404',
  uwsgi_pass: 'only HTTP servers can be balanced',
}

/** Says of a directive that nothing was made of it. */
export function remarkOn({ name, words, line }: Directive, remarks: Remarks): void {
  const text = formatLine([name, ...words])
  const isTypes = name === 'include' && /mime\.types$/.test(words[0] ?? '')
  if (name === 'map' && words[0] === '$http_upgrade') {
    remarks.note(line, `${text}: nothing needed; upgrades to WebSocket pass`)
    return
  }
  const reason = Object.hasOwn(NOTHING_NEEDED, name) ? NOTHING_NEEDED[name] : undefined
  if (isTypes || reason === null) return
  if (reason !== undefined) remarks.note(line, `${text}: nothing needed; ${reason}`)
  else {
    const why = Object.hasOwn(LEFT_OUT, name) ? LEFT_OUT[name] : undefined
    remarks.leaveOut(line, why === undefined ? `${text}: has no counterpart` : `${text}: ${why}`)
  }
}
