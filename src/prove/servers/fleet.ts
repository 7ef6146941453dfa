// All demo servers of a run: started before they are needed, closed once nobody needs them.
import type { Demo, World } from '../world.ts'
import { DemoServer } from './demo-server.ts'

/** Started ahead, so that no change waits for a server. */
const SPARES = 2

/** Servers named s1, s2, … in the order they are started. */
export class Fleet {
  readonly #running = new Map<string, DemoServer>()
  readonly #retiring = new Set<Promise<void>>()
  #started = 0

  /** Starts one more server. */
  async start(): Promise<Demo> {
    const server = await new DemoServer(`s${++this.#started}`).listen()
    this.#running.set(server.name, server)
    return { name: server.name, target: server.target }
  }

  /** The same world with enough spare servers in it. */
  async topUp(world: World): Promise<World> {
    const spares = [...world.spares]
    while (spares.length < SPARES) spares.push(await this.start())
    return { ...world, spares }
  }

  /** Closes servers that were taken out, each as soon as it has drained; nobody waits for it. */
  retire(freed: readonly Demo[]): void {
    for (const { name } of freed) {
      const done = this.#running.get(name)?.retire() ?? Promise.resolve()
      this.#retiring.add(done)
      void done.then(() => this.#retiring.delete(done))
    }
  }

  /** Waits until every server that was taken out is closed. */
  async settle(): Promise<void> {
    await Promise.all(this.#retiring)
  }

  /** Ends every server at once. */
  end(): void {
    for (const server of this.#running.values()) server.end()
  }
}
