// A test's Docker engine with a daemon and clients on its host: everything a test of `--source docker` needs.
import { waitFor } from '../../../src/io/deadline.ts'
import { outcomeOf } from '../../../src/io/outcome.ts'
import { type Daemon, type DaemonOptions, Daemons } from './daemon.ts'
import { type EngineOptions, TestDocker } from './docker.ts'
import { DockerClients } from './docker-clients.ts'
import type { Answer, AskOptions } from './prober.ts'

/** All three, started together and closed together. */
export class DockerStand {
  readonly docker: TestDocker
  readonly daemons = new Daemons()
  readonly clients: DockerClients
  readonly within: readonly string[]
  #asked = 0

  private constructor(docker: TestDocker, clients: DockerClients, within: readonly string[]) {
    this.docker = docker
    this.clients = clients
    this.within = within
  }

  static async start(options: EngineOptions = {}): Promise<DockerStand> {
    const docker = await TestDocker.start(options)
    const within = await docker.onHost()
    const started = await outcomeOf(DockerClients.start(within))
    if (started.ok) return new DockerStand(docker, started.value, within)
    await docker.close()
    throw started.error
  }

  /** Starts a daemon that follows the engine, and waits until it is ready. */
  async follow(options: DaemonOptions = {}): Promise<Daemon> {
    return (await this.begin(options)).ready(options.readyMs)
  }

  /** The same without waiting. */
  begin({ flags = [], ...options }: DaemonOptions = {}): Promise<Daemon> {
    const source = ['--source', `docker=unix://${this.docker.socket}`]
    return this.daemons.begin({ ...options, flags: [...source, ...flags], within: this.within })
  }

  /** Starts a web server that is balanced by these labels of `lb.`, and whatever else `docker run` is to be told. */
  web(name: string, labels: Readonly<Record<string, string | number>>, ...options: string[]): Promise<string> {
    return this.docker.run(name, ...toLabels(labels), '--env', `NAME=${name}`, ...options)
  }

  ask(port: number, options: AskOptions = {}): Promise<Answer> {
    return this.clients.ask(port, options)
  }

  /** The names that answer on a port to `count` clients who were never there before: by default a client stays where it was. */
  async names(port: number, count = 10): Promise<string[]> {
    const addresses = Array.from({ length: count }, () => this.#newAddress())
    const answers = await Promise.all(addresses.map((from) => this.ask(port, { from })))
    return [...new Set(answers.map(({ status, body }) => (status === 200 ? body.trim() : String(status))))].sort()
  }

  /** Waits until exactly these answer. */
  async untilNames(port: number, names: readonly string[], timeoutMs = 60_000): Promise<void> {
    let last: string[] = []
    const isSo = async () => {
      last = await this.names(port, Math.max(10, 2 * names.length))
      return last.join() === [...names].sort().join()
    }
    const ended = await outcomeOf(waitFor(isSo, { timeoutMs, what: `${names} to answer on port ${port}` }))
    if (!ended.ok) throw new Error(`${ended.error.message}; ${last} do`)
  }

  #newAddress(): string {
    const number = this.#asked++
    return `127.${100 + (number >> 14)}.${(number >> 7) & 127}.${1 + (number & 127)}`
  }

  /** What the daemon's own command says of a container. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it
  async explain(daemon: Daemon, name: string): Promise<any> {
    return JSON.parse(await daemon.must('explain', name, '-o', 'json'))
  }

  /** Waits until a container's one service is in this state, and answers why. */
  async untilState(daemon: Daemon, name: string, state: 'serving' | 'waiting' | 'out'): Promise<string | null> {
    let last: unknown
    const isSo = async () => {
      last = await outcomeOf(this.explain(daemon, name))
      const services = (last as { value?: { services: { state: string }[] } }).value?.services
      return services?.length === 1 && services[0]?.state === state
    }
    const ended = await outcomeOf(waitFor(isSo, { timeoutMs: 60_000, what: `${name} to be ${state}` }))
    if (!ended.ok) throw new Error(`${ended.error.message}: ${JSON.stringify(last)}`)
    return (last as { value: { services: { because: string | null }[] } }).value.services[0]?.because ?? null
  }

  async close(): Promise<void> {
    await this.daemons.close()
    await this.clients.close()
    await this.docker.close()
  }
}

/** The options of `docker run` for labels of `lb.`; `lb.enable` and `lb.target` are as in most tests unless told. */
export function toLabels(labels: Readonly<Record<string, string | number>>): string[] {
  const all = { enable: 'Y', target: 80, ...labels }
  return Object.entries(all).flatMap(([key, value]) => ['--label', `lb.${key}=${value}`])
}
