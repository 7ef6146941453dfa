// The proxies of the throughput benchmark, each in front of the same four origins, and what they spend on a request.
import { type ChildProcess, spawn } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { waitFor } from '../src/io/deadline.ts'
import { type Daemon, type Daemons, findHaproxies } from '../test/live/kit/daemon.ts'
import { findFreePort } from '../test/live/kit/free-port.ts'
import { ask } from '../test/live/kit/prober.ts'

/** A proxy that serves on `port`; `pids` are the processes whose time its requests cost. */
export type Contender = { readonly name: string; readonly port: number; readonly pids: () => Promise<number[]> }

/** Where contenders live: a folder for their files, and the children that end with the benchmark. */
export type Stage = { readonly folder: string; readonly children: ChildProcess[]; readonly targets: readonly string[] }

export const ROUTES = 10_000

/** The nth of the hosts that are routed. */
export const hostOf = (n: number | string) => `host-${n}.example.com`

const HTTP_DEFAULTS = `defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
`

/** Four ports of one HAProxy that answers by itself, so many bytes: nothing answers faster, so no origin is the limit. */
export async function startOrigins(stage: Pick<Stage, 'folder' | 'children'>, bytes = 21): Promise<string[]> {
  const ports = await Promise.all([1, 2, 3, 4].map(() => findFreePort()))
  const answer = `http-request return status 200 content-type text/plain string "${'.'.repeat(bytes)}"`
  const sections = ports.map((port) => `frontend o${port}\n  bind 127.0.0.1:${port}\n  ${answer}\n`)
  await startChild(stage, 'origins', 'haproxy', (file) => ['-db', '-f', file], `${HTTP_DEFAULTS}${sections.join('')}`)
  await waitForAnswer(ports[3] ?? 0)
  return ports.map((port) => `127.0.0.1:${port}`)
}

/** The least configuration that spreads requests over four servers: no routes, no log, no checks, no limits. */
export async function startLean(stage: Stage): Promise<Contender> {
  const port = await findFreePort()
  const servers = stage.targets.map((target, index) => `  server s${index} ${target}\n`).join('')
  const text = `${HTTP_DEFAULTS}frontend f
  bind 127.0.0.1:${port}
  default_backend b
backend b
  balance roundrobin
${servers}`
  return startChild(stage, 'HAProxy lean', 'haproxy', (file) => ['-db', '-f', file], text, port)
}

/** What a careful hand writes for the same features: a map of hosts, a limit, checks, the client's address, httplog to nowhere. */
export async function startRich(stage: Stage): Promise<Contender> {
  const port = await findFreePort()
  const map = await writeHosts(stage)
  const servers = stage.targets.map((target, index) => `  server s${index} ${target} check inter 2s\n`).join('')
  const text = `${HTTP_DEFAULTS}frontend f
  bind 127.0.0.1:${port}
  log stdout format raw local0
  option httplog
  option forwardfor
  http-request track-sc0 src table t
  http-request deny deny_status 429 if { sc_http_req_rate(0,t) gt 1000000000 }
  use_backend %[req.hdr(host),lower,map(${map})]
backend t
  stick-table type ip size 200k expire 10s store http_req_rate(10s)
backend b
  balance roundrobin
  option httpchk GET /health
${servers}`
  return startChild(stage, 'HAProxy rich', 'haproxy', (file) => ['-db', '-f', file], text, port)
}

/**
 * The least that has routes, a limit, checks and an access log at all: one lookup of the host as it was sent, and a line
 * in memory of one request in a thousand. What is above this is what else a request is given.
 */
export async function startLeast(stage: Stage): Promise<Contender> {
  const port = await findFreePort()
  const map = await writeHosts(stage)
  const servers = stage.targets.map((target, index) => `  server s${index} ${target} check inter 2s\n`).join('')
  const text = `ring access
  format raw
  size 1048576
${HTTP_DEFAULTS}frontend f
  bind 127.0.0.1:${port}
  log ring@access format raw local0
  log-format '%Ts %ci %b %s %Ta %ST %B %HM %HP'
  http-response set-log-level silent if !{ rand(1000) eq 0 }
  use_backend %[req.hdr(host),map_str(${map})]
backend b
  balance roundrobin
  option httpchk GET /health
  stick-table type ipv6 size 200k expire 10s store http_req_rate(10s)
  http-request track-sc0 src
  http-request deny deny_status 429 if { sc0_http_req_rate gt 1000000000 }
${servers}`
  return startChild(stage, 'HAProxy least', 'haproxy', (file) => ['-db', '-f', file], text, port)
}

async function writeHosts({ folder }: Stage): Promise<string> {
  const map = join(folder, 'hosts.map')
  await writeFile(map, Array.from({ length: ROUTES }, (_, n) => `${hostOf(n)} b\n`).join(''))
  return map
}

/** nginx with kept connections to the servers and without a log. */
export async function startNginx(stage: Stage): Promise<Contender> {
  const port = await findFreePort()
  const servers = stage.targets.map((target) => `server ${target};`).join(' ')
  const text = `daemon off; worker_processes auto; pid ${stage.folder}/nginx.pid; error_log stderr crit;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 1000000000;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((of) => `${of}_temp_path ${stage.folder}/nginx-${of};`).join(' ')}
  upstream u { ${servers} keepalive 128; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://u; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
`
  return startChild(stage, 'nginx', 'nginx', (file) => ['-e', 'stderr', '-c', file], text, port)
}

/** Caddy without a log. */
export async function startCaddy(stage: Stage): Promise<Contender> {
  const port = await findFreePort()
  const text = `{
  admin off
  auto_https off
}
http://:${port} {
  bind 127.0.0.1
  reverse_proxy ${stage.targets.join(' ')} {
    lb_policy round_robin
  }
}
`
  return startChild(stage, 'Caddy', 'caddy', (file) => ['run', '--adapter', 'caddyfile', '--config', file], text, port)
}

/** Fairlead fed with a file of 10,000 routes to a pool with checks and a rate limit that nobody reaches. */
export async function startFairlead(stage: Stage, daemons: Daemons): Promise<Contender & { daemon: Daemon }> {
  const port = await findFreePort()
  const file = join(stage.folder, 'web.yml')
  const routes = Array.from({ length: ROUTES }, (_, n) => `    - { match: { host: ${hostOf(n)} }, pool: app }`)
  const text = `name: web
spec:
  bind: 127.0.0.1
  port: ${port}
  pools:
    app:
      backends: [${stage.targets.map((target) => `{ target: "${target}" }`).join(', ')}]
      healthCheck: { path: /health }
      rateLimit: { requests: 1000000000, window: 10s }
  routes:
${routes.join('\n')}
`
  await writeFile(file, text)
  const daemon = await daemons.start({ flags: ['--source', `file=${file}`] })
  await waitForAnswer(port)
  return { name: 'Fairlead', port, pids: () => findHaproxies(daemon.stateDir), daemon }
}

async function startChild(
  { folder, children }: Pick<Stage, 'folder' | 'children'>,
  name: string,
  program: string,
  args: (file: string) => string[],
  text: string,
  port?: number,
): Promise<Contender> {
  const file = join(folder, `${name.replace(' ', '-')}.conf`)
  await writeFile(file, text)
  const env = { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder }
  // A session of its own, as Fairlead's HAProxy has: Linux shares the processors out between sessions.
  const child = spawn(program, args(file), { detached: true, stdio: ['ignore', 'ignore', 'pipe'], env })
  children.push(child)
  let said = ''
  child.stderr.on('data', (piece: Buffer) => (said = `${said}${piece.toString()}`.slice(-2000)))
  child.on('error', (error) => (said = error.message))
  if (port !== undefined)
    await waitForAnswer(port).catch((cause: unknown) => {
      throw new Error(`${name} does not serve: ${said}`, { cause })
    })
  return { name, port: port ?? 0, pids: () => withChildren(child.pid ?? 0) }
}

async function waitForAnswer(port: number): Promise<void> {
  const isServing = async () =>
    (await ask(port, { headers: { host: hostOf(ROUTES - 1) } }).catch(() => null))?.status === 200
  await waitFor(isServing, { timeoutMs: 20_000, what: `an answer on port ${port}` })
}

/** A process and its children (nginx works in those). */
async function withChildren(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return [pid, ...text.split(' ').filter(Boolean).map(Number)]
}

/** Microseconds of processor the processes have had, all threads, from the scheduler's own count in nanoseconds. */
export async function readCpu(pids: readonly number[]): Promise<number> {
  const times = await Promise.all(
    pids.map(async (pid) => {
      const threads = await readdir(`/proc/${pid}/task`)
      const texts = await Promise.all(
        threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8')),
      )
      return texts.reduce((sum, text) => sum + Number(text.split(' ')[0]) / 1000, 0)
    }),
  )
  return times.reduce((sum, time) => sum + time, 0)
}
