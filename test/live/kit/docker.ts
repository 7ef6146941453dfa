// A private Docker engine: its own data, networks and processes, beside whatever else runs on the machine.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync, openSync } from 'node:fs'
import { cp, glob, mkdir, mkdtemp, readFile, rm, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { waitFor } from '../../../src/io/deadline.ts'
import { request } from '../../../src/io/line-socket.ts'
import { outcomeOf } from '../../../src/io/outcome.ts'

const run = promisify(execFile)

/** The image every test has. */
const IMAGE = 'fairlead-test-web'

/** The same with a HEALTHCHECK that `docker exec NAME /bin/node /web.mjs healthy|unhealthy` decides. */
const CHECKED_IMAGE = 'fairlead-test-web:checked'

const HEALTHCHECK = 'HEALTHCHECK --interval=300ms --timeout=5s --retries=1 CMD ["/bin/node", "/web.mjs", "check"]'

const HEAVY = ['ENTRYPOINT ["/bin/node", "/web.mjs"]', 'EXPOSE 80']
const LIGHT = ['ENTRYPOINT ["/bin/haproxy", "-db", "-f", "/web.cfg"]', 'EXPOSE 80']

/** Keeps the namespaces open for as long as its input is: the end of the tests ends it, however they end. */
const HOLD = [
  'ip link set lo up && mount --make-rprivate /',
  // Inside, its socket is where a container looks for one.
  'mount -t tmpfs tmpfs /run && ln -s "$1" /run/docker.sock',
  'echo held && exec cat',
].join(' && ')

export type EngineOptions = {
  /** Whether it can be a node of a swarm; its containers end with it then. */
  readonly swarm?: boolean
  /** Whether `fairlead-test-web` is a program that starts in some milliseconds: see docker-light.cfg for what it can. */
  readonly light?: boolean
}

/**
 * One engine in network, mount and process namespaces of its own: its bridges and iptables rules are nobody else's, and
 * the end of the namespaces ends and unmounts whatever is left in them. Needs root and Debian's docker.io.
 */
export class TestDocker {
  readonly folder: string
  readonly socket: string
  readonly #group: string
  readonly #holder: ChildProcess
  readonly #options: EngineOptions
  #engine: ChildProcess | null = null

  private constructor(folder: string, holder: ChildProcess, options: EngineOptions) {
    this.folder = folder
    this.socket = join(folder, 'docker.sock')
    this.#group = `fairlead-${folder.split('-').at(-1)}`
    this.#holder = holder
    this.#options = options
  }

  /** Starts it and loads the test image. Throws with what is missing; it is never left out silently. */
  static async start(options: EngineOptions = {}): Promise<TestDocker> {
    if (process.getuid?.() !== 0) throw new Error('tests with a real Docker engine need root: run them as root')
    const missing = ['dockerd', 'docker', 'nsenter', 'unshare'].filter((program) => findProgram(program) === undefined)
    if (missing.length > 0)
      throw new Error(`missing: ${missing.join(', ')}; \`node scripts/setup.mjs --test\` installs them (docker.io)`)
    const folder = await mkdtemp('/tmp/fairlead-docker-')
    const isolation = ['--net', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child']
    const hold = ['sh', '-c', HOLD, 'sh', join(folder, 'docker.sock')]
    const holder = spawn('unshare', [...isolation, ...hold], { stdio: ['pipe', 'pipe', 'inherit'] })
    await new Promise<void>((resolve, reject) => {
      holder.stdout?.once('data', () => resolve())
      holder.once('exit', (code) => reject(new Error(`namespaces cannot be made (unshare ended with ${code})`)))
    })
    const docker = new TestDocker(folder, holder, options)
    const started = await outcomeOf(docker.startEngine().then(() => docker.#loadImage()))
    if (started.ok) return docker
    await docker.close()
    throw started.error
  }

  /**
   * Starts dockerd (again) and waits until it answers. Containers outlive it, but for those of a swarm. `outside`: in the
   * machine's own network, of which it changes nothing, so that what an image is built from can be fetched (`docker build
   * --network host`).
   */
  async startEngine({ outside = false } = {}): Promise<void> {
    const at = (name: string) => join(this.folder, name)
    const places = ['--data-root', at('data'), '--exec-root', at('exec'), '--pidfile', at('pid')]
    const survival = this.#options.swarm ? [] : ['--live-restore']
    const manner = [...survival, '--cgroup-parent', `/${this.#group}`, '--host', `unix://${this.socket}`]
    const untouched = ['--bridge', 'none', '--iptables=false', '--ip6tables=false', '--ip-forward=false']
    const log = openSync(at('log'), 'a')
    const inside = await this.#inside(...(outside ? [] : ['--net']), '--mount', '--pid')
    const command = ['dockerd', ...places, ...manner, ...(outside ? untouched : [])]
    const engine = spawn('nsenter', [...inside, ...command], { stdio: ['ignore', log, log] })
    this.#engine = engine
    await waitFor(() => engine.exitCode !== null || this.#answers(), { timeoutMs: 60_000, what: 'dockerd to answer' })
    if (engine.exitCode !== null) throw new Error(`dockerd ended:\n${(await readFile(at('log'), 'utf8')).slice(-2000)}`)
  }

  /** Stops dockerd and leaves its containers alone. */
  async stopEngine(): Promise<void> {
    const engine = this.#engine
    if (engine === null) return
    for (const pid of await childrenOf(engine)) process.kill(pid, 'SIGTERM')
    await waitFor(() => engine.exitCode !== null, { timeoutMs: 60_000, what: 'dockerd to end' })
    this.#engine = null
  }

  /** Runs Docker's own command against it; answers what it says. */
  async docker(...args: string[]): Promise<string> {
    // The builder every engine has; the newer one is a plug-in of its own.
    const env = { ...process.env, DOCKER_BUILDKIT: '0' }
    const { stdout } = await run('docker', ['-H', `unix://${this.socket}`, ...args], { env, maxBuffer: 1e8 })
    return stdout.trim()
  }

  /** Starts a test web server with these options of `docker run`, and waits until signals reach it; answers its id. */
  run(name: string, ...options: string[]): Promise<string> {
    return this.#run(IMAGE, name, options)
  }

  /** The same with a HEALTHCHECK. */
  runChecked(name: string, ...options: string[]): Promise<string> {
    return this.#run(CHECKED_IMAGE, name, options)
  }

  /** Makes a container of `runChecked` healthy or unhealthy. */
  async setHealth(name: string, health: 'healthy' | 'unhealthy'): Promise<void> {
    await this.docker('exec', name, '/bin/node', '/web.mjs', health)
  }

  /** The words before a command that has it run where the containers' addresses can be reached. */
  async onHost(): Promise<string[]> {
    return ['nsenter', ...(await this.#inside('--net'))]
  }

  /** Runs a TypeScript file of the tests there; answers what it printed. */
  async runOnHost(script: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
    const [nsenter = '', ...inside] = await this.onHost()
    const { stdout } = await run(nsenter, [...inside, process.execPath, script], {
      env: { ...process.env, DOCKER_HOST: `unix://${this.socket}`, ...env },
    })
    return stdout
  }

  /** Kills a process of its own namespaces by the number it has there. */
  async killInside(pid: number): Promise<void> {
    await run('nsenter', [
      ...(await this.#inside('--pid', '--mount')),
      'sh',
      '-c',
      'kill -KILL "$1"',
      'sh',
      String(pid),
    ])
  }

  /** Ends everything it started, and nothing else. */
  async close(): Promise<void> {
    // The end of the namespaces is the end of its containers too; dockerd would take a while for each of them.
    const ended = new Promise<void>((resolve) => this.#holder.once('exit', () => resolve()))
    if (this.#holder.exitCode === null && this.#holder.kill('SIGKILL')) await ended
    // An image of Debian has many thousands of files; and what the namespaces held is let go a moment after their end.
    await waitFor(() => outcomeOf(rm(this.folder, { recursive: true, force: true })).then(({ ok }) => ok), {
      timeoutMs: 100_000,
      what: `${this.folder} to be removed`,
    })
    for (const inner of ['/*', ''])
      for await (const group of glob(`/sys/fs/cgroup/{*/,}${this.#group}${inner}/`)) await outcomeOf(rmdir(group))
  }

  async #run(image: string, name: string, options: readonly string[]): Promise<string> {
    const { light = false } = this.#options
    const own = light ? ['--stop-signal', 'SIGUSR1'] : []
    const id = await this.docker('run', '--detach', '--name', name, ...own, ...options, image)
    const isUp = async () => light || (await this.docker('logs', id)).includes('up')
    await waitFor(isUp, { timeoutMs: 60_000, what: `${name} to be up`, intervalMs: 100 })
    return id
  }

  /** nsenter's options for some of its namespaces. */
  async #inside(...kinds: string[]): Promise<string[]> {
    const [first] = await childrenOf(this.#holder)
    return ['--target', String(first), ...kinds]
  }

  async #answers(): Promise<boolean> {
    const answer = await outcomeOf(request(this.socket, 'GET /_ping HTTP/1.0\r\n\r', { timeoutMs: 2000 }))
    return answer.ok && answer.value.includes(' 200 ')
  }

  async #loadImage(): Promise<void> {
    const { light = false } = this.#options
    const root = join(this.folder, 'image')
    for (const name of ['bin', 'tmp', 'etc']) await mkdir(join(root, name), { recursive: true })
    await writeFile(join(root, 'etc/hosts'), '')
    const [program, script] = light
      ? [findProgram('haproxy'), 'docker-light.cfg']
      : [process.execPath, 'docker-web.mjs']
    if (program === undefined) throw new Error('missing: haproxy')
    const { stdout } = await run('ldd', [program])
    const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].flatMap(([, path]) => path ?? [])
    for (const path of libraries) await cp(path, join(root, path), { dereference: true })
    await cp(program, join(root, light ? 'bin/haproxy' : 'bin/node'))
    await cp(join(import.meta.dirname, script), join(root, light ? 'web.cfg' : 'web.mjs'))
    await run('tar', ['-C', root, '-cf', join(this.folder, 'image.tar'), '.'])
    await rm(root, { recursive: true })
    const changes = (light ? LIGHT : HEAVY).flatMap((line) => ['--change', line])
    await this.docker('import', ...changes, join(this.folder, 'image.tar'), IMAGE)
    await rm(join(this.folder, 'image.tar'))
    if (light) return
    // Nothing but words is other in it.
    const made = await this.docker('create', IMAGE)
    await this.docker('commit', '--change', HEALTHCHECK, made, CHECKED_IMAGE)
    await this.docker('rm', made)
  }
}

function findProgram(program: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin']
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path))
}

async function childrenOf({ pid }: ChildProcess): Promise<number[]> {
  const text = await outcomeOf(readFile(`/proc/${pid}/task/${pid}/children`, 'utf8'))
  return text.ok ? text.value.split(' ').filter(Boolean).map(Number) : []
}
