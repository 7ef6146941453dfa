// How long after `docker start` a container without HEALTHCHECK answers through the load balancer, beside how long it needs itself.
//
//   node_modules/.bin/node bench/docker-start.ts [--starts 30] [--reserve 1000]
//
// Needs root and Debian's docker.io: it starts an engine of its own. The program in the containers starts in some
// milliseconds, so that what is measured is the way from Docker's word to the first answer.
import { request } from 'node:http'
import { parseArgs } from 'node:util'
import { waitFor } from '../src/io/deadline.ts'
import { DockerStand } from '../test/live/kit/docker-stand.ts'

const { values } = parseArgs({
  options: { starts: { type: 'string', default: '30' }, reserve: { type: 'string', default: '1000' } },
})

/** What is started, and on which port it is to answer. */
const CASES = { 'one more on a port': { name: 'more', port: 80 }, 'the first on a port': { name: 'alone', port: 81 } }

if (process.env['DOCKER_START_BENCH'] === undefined) await prepare()
else await measure()

/** Makes the containers and runs this file again on their host. */
async function prepare(): Promise<void> {
  const stand = await DockerStand.start({ light: true })
  try {
    await stand.follow({ flags: ['--reserve', values.reserve] })
    for (const name of ['steady', 'more']) await stand.web(name, { publish: 80, sticky: 'none' })
    await stand.web('alone', { publish: 81, sticky: 'none' })
    await stand.untilNames(80, ['steady', 'more'])
    await stand.untilNames(81, ['alone'])
    process.stdout.write(await stand.docker.runOnHost(import.meta.filename, { DOCKER_START_BENCH: values.starts }))
  } finally {
    await stand.close()
  }
}

async function measure(): Promise<void> {
  const rounds = Number(process.env['DOCKER_START_BENCH'])
  console.log(row('milliseconds after Docker has started it', 'p50', 'p99'))
  for (const [title, { name, port }] of Object.entries(CASES)) {
    const times = { itself: [] as number[], balanced: [] as number[] }
    for (let round = 0; round < rounds; round++) {
      const address = await addressOf(name)
      await engine('POST', `/containers/${name}/kill`)
      await until(async () => !(await answers(port, name)))
      // Its port is closed, which is a reload too, before it is opened again.
      if (name === 'alone') await until(async () => !(await isOpen(port)))
      await engine('POST', `/containers/${name}/start`)
      // Docker gives the lowest address that is free: the same again.
      const itself = async () => (await replies(`http://${address}/`)) === name
      const took = await Promise.all([first(itself), first(() => answers(port, name))])
      times.itself.push(took[0])
      times.balanced.push(took[1])
    }
    const [itself, balanced] = [percentilesOf(times.itself), percentilesOf(times.balanced)]
    console.log(row(`${title}, itself`, ...itself.map((ms) => ms.toFixed(1))))
    console.log(row(`${title}, balanced`, ...balanced.map((ms) => ms.toFixed(1))))
    console.log(
      row(`${title}, balanced : itself`, ...balanced.map((ms, index) => (ms / (itself[index] ?? 1)).toFixed(1))),
    )
  }
}

function row(title: string, ...values: readonly string[]): string {
  return `${title.padEnd(42)}${values.map((value) => value.padStart(9)).join('')}`
}

/** The median and the 99th of a hundred. */
function percentilesOf(all: readonly number[]): number[] {
  const sorted = [...all].sort((a, b) => a - b)
  return [0.5, 0.99].map((share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)
}

/** Asks the engine itself: Docker's own command takes longer to end than the program to start. */
function engine(method: string, path: string): Promise<string> {
  const socketPath = process.env['DOCKER_HOST']?.replace('unix://', '') ?? ''
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, method, path }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      answer.on('end', () => ((answer.statusCode ?? 500) < 300 ? resolve(text) : reject(new Error(text))))
    })
    sent.once('error', reject)
    sent.end()
  })
}

async function addressOf(name: string): Promise<string> {
  return JSON.parse(await engine('GET', `/containers/${name}/json`)).NetworkSettings.IPAddress
}

function until(condition: () => Promise<boolean>): Promise<unknown> {
  return waitFor(condition, { timeoutMs: 20_000, intervalMs: 2, what: 'the load balancer to follow' })
}

/** Milliseconds until it holds. */
async function first(condition: () => Promise<boolean>): Promise<number> {
  const startedAt = performance.now()
  await until(condition)
  return performance.now() - startedAt
}

/** Whether it is among those that answer: of two, each takes every other request. */
async function answers(port: number, name: string): Promise<boolean> {
  const both = await Promise.all([replies(`http://127.0.0.1:${port}/`), replies(`http://127.0.0.1:${port}/`)])
  return both.includes(name)
}

function isOpen(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/`, {
    signal: AbortSignal.timeout(500),
    headers: { connection: 'close' },
  }).then(
    () => true,
    (error: Error) => error.name === 'TimeoutError',
  )
}

/** A client that does not wait long: a load balancer may hold a request until there is a server. */
function replies(url: string): Promise<string> {
  return fetch(url, { signal: AbortSignal.timeout(100), headers: { connection: 'close' } })
    .then((answer) => answer.text())
    .then(
      (text) => text.trim(),
      () => '',
    )
}
