// Random changes while the daemon and HAProxy are killed at random moments: what is wanted, what is on disk and what runs end up the same.
import { execFile } from 'node:child_process'
import { copyFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { findHaproxy } from '../../src/haproxy/find-haproxy.ts'
import { waitFor } from '../../src/io/deadline.ts'
import { type Chance, makeChance } from '../../src/prove/chance.ts'
import { type Daemon, Daemons, findHaproxies } from './kit/daemon.ts'
import { findFreePort } from './kit/free-port.ts'
import { startOrigins } from './kit/origin.ts'
import { readOwnFiles, viewFiles, viewRunning } from './kit/outside.ts'
import { ask } from './kit/prober.ts'
import { type Change, findAnswering, pickChange, type Spec, type Specs, viewWanted } from './kit/random-changes.ts'

const CHANGES = 40
/** One change in so many meets a kill. */
const KILLED_ONE_IN = 4
const FLAGS = ['--reserve', '120']

const daemons = new Daemons()
const origins = await startOrigins('a', 'b', 'c', 'd')
afterAll(async () => {
  await daemons.close()
  for (const origin of origins) origin.close()
})

const targets = origins.map(({ target }) => target)
const seed = process.env['SEED'] === 'random' ? Date.now() % 2 ** 32 : Number(process.env['SEED'] ?? 20260801)

/** The run: the daemon of the moment, and what the API has acknowledged. */
type Run = { daemon: Daemon; readonly port: number; readonly chance: Chance; specs: Specs }

const KILLS: Record<string, (run: Run) => Promise<void>> = {
  daemon: ({ daemon }) => daemon.kill(),
  worker: ({ daemon }) => killHaproxy(daemon, (isMaster) => !isMaster),
  master: ({ daemon }) => killHaproxy(daemon, (isMaster) => isMaster),
  both: async ({ daemon }) => {
    await Promise.all([daemon.kill(), killHaproxy(daemon, () => true)])
  },
}

/** The master is whoever is not a child of another of them. */
async function killHaproxy({ stateDir }: Daemon, isMeant: (isMaster: boolean) => boolean): Promise<void> {
  const pids = await findHaproxies(stateDir)
  const { stdout } = await promisify(execFile)('ps', ['-o', 'pid=,ppid=', '-p', ['1', ...pids].join()])
  const parents = new Map(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number) as [number, number]),
  )
  for (const pid of pids) if (isMeant(!pids.includes(parents.get(pid) ?? 0))) killQuietly(pid)
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended with its master meanwhile.
  }
}

async function readSpecs(daemon: Daemon): Promise<Specs> {
  const { body } = await daemon.ask('GET', '/v1/load-balancers?limit=100')
  return new Map(body.items.map(({ name, spec }: { name: string; spec: Spec }) => [name, spec]))
}

const send = (daemon: Daemon, { method, path, name, spec }: Change) =>
  daemon.ask(method, path, spec === null ? undefined : { name, spec }).catch(() => null)

/** A change, a kill before its answer or after it, and a start of what was killed. */
async function step(run: Run, trail: string[]): Promise<void> {
  const change = pickChange(run.chance, run.specs, run.port, targets)
  const kill = run.chance.below(KILLED_ONE_IN) === 0 ? run.chance.pick(Object.keys(KILLS)) : undefined
  const afterMs = run.chance.below(40)
  trail.push(`${change.method} ${change.name}${kill === undefined ? '' : `, kill ${kill} after ${afterMs} ms`}`)
  const answering = send(run.daemon, change)
  if (kill !== undefined) {
    // The moment is what is random here.
    await sleep(afterMs)
    await KILLS[kill]?.(run)
  }
  const answer = await answering
  if (run.daemon.ended)
    run.daemon = await daemons.start({ stateDir: run.daemon.stateDir, api: run.daemon.api, flags: FLAGS })
  const isDone = answer !== null && answer.status < 300
  if (kill === undefined) expect(isDone, JSON.stringify(answer)).toBe(true)
  await holdAgainst(run, change, isDone)
}

/** What was acknowledged is there; what was not is there as a whole or not at all; nobody else has changed. */
async function holdAgainst(run: Run, { name, spec }: Change, isDone: boolean): Promise<void> {
  const now = await readSpecs(run.daemon)
  const before = run.specs.get(name) ?? null
  const found = now.get(name) ?? null
  expect(isDone ? [spec] : [spec, before]).toContainEqual(found)
  expect(new Map([...now].filter(([other]) => other !== name))).toEqual(
    new Map([...run.specs].filter(([other]) => other !== name)),
  )
  run.specs = now
}

/** Waits until nothing is left to do, seen from outside, and compares. */
async function proveRunning({ daemon, port, specs }: Run): Promise<void> {
  const wanted = viewWanted(specs.values())
  const look = () => viewRunning(daemon.stateDir, port).catch(() => ({ view: {}, astray: ['HAProxy does not answer'] }))
  const isSettled = async () => {
    const { view, astray } = await look()
    return astray.length === 0 && JSON.stringify(view) === JSON.stringify(wanted)
  }
  await waitFor(isSettled, { timeoutMs: 60_000, intervalMs: 200, what: 'HAProxy to settle' }).catch(() => {})
  expect(await look()).toEqual({ view: wanted, astray: [] })
  expect(await viewFiles(daemon.stateDir, port)).toEqual(wanted)
  await promisify(execFile)(findHaproxy() ?? '', ['-c', '-C', join(daemon.stateDir, 'haproxy/current'), '-f', 'config'])
}

/** Each route is answered by all the servers it shall have, and by no other. */
async function proveAnswers({ port, specs }: Run): Promise<void> {
  for (const { match, targets: wanted } of findAnswering(specs.values())) {
    const names = origins.filter(({ target }) => wanted.has(target)).map(({ name }) => name)
    const seen = new Set<unknown>()
    const get = async () => {
      const answer = await ask(port, { path: match.path ?? '/', headers: { host: match.host } })
      return answer.headers['x-origin'] ?? answer.status
    }
    const isComplete = async () => {
      seen.add(await get())
      return names.every((name) => seen.has(name))
    }
    await waitFor(isComplete, {
      // One that was too busy for a check is back after two good ones.
      timeoutMs: 60_000,
      intervalMs: 1,
      what: `${names.join()} to answer ${match.host}`,
    }).catch((error) => Promise.reject(new Error(`only ${[...seen].join()} answered`, { cause: error })))
    for (let index = 0; index < 10; index++) seen.add(await get())
    expect([...seen].sort(), `${match.host}${match.path ?? ''}`).toEqual(names.sort())
  }
}

/** A daemon that knows nothing but the store writes the same files. */
async function proveFiles(run: Run): Promise<void> {
  await run.daemon.stop()
  const files = await readOwnFiles(run.daemon.stateDir)
  const stateDir = await daemons.folder()
  for (const name of await readdir(run.daemon.stateDir))
    if (/^(fairlead\.db|.*-key$)/.test(name)) await copyFile(join(run.daemon.stateDir, name), join(stateDir, name))
  await daemons.start({ stateDir, flags: FLAGS })
  expect(files).toEqual(await readOwnFiles(stateDir))
}

test(`${CHANGES} random changes with kill -9 of the daemon, the worker, the master or all (seed ${seed})`, async () => {
  const daemon = await daemons.start({ flags: FLAGS })
  const run: Run = { daemon, port: await findFreePort(), chance: makeChance(seed), specs: new Map() }
  const trail: string[] = []
  try {
    for (let index = 0; index < CHANGES; index++) await step(run, trail)
    expect(run.specs.size).toBeGreaterThan(0)
    await proveRunning(run)
    await proveAnswers(run)
    await proveFiles(run)
  } catch (error) {
    console.error(`SEED=${seed} shows this again:\n${trail.join('\n')}\n${run.daemon.output.slice(-4000)}`)
    throw error
  }
})
