// Asks the name servers of a zone themselves, as a CA does, until all of them tell a TXT value.
import { randomInt } from 'node:crypto'
import { Resolver } from 'node:dns/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { outcomeOf } from '../io/outcome.ts'
import { DnsFailure } from './dns-failure.ts'
import { OPCODE, RCODE, TYPE } from './wire/codes.ts'
import { exchange, formatServer, type ServerAddress } from './wire/exchange.ts'
import { encodeMessage, readMessage } from './wire/message.ts'
import { normalizeName } from './wire/names.ts'

/** One of a zone's name servers. */
export type NameServer = { readonly name: string; readonly addresses: readonly ServerAddress[] }

export type AwaitTextOptions = {
  /** The zone's name servers; where they are not given, the system's DNS is asked for them. */
  readonly servers?: readonly NameServer[]
  /** Whom the name servers are asked of where none are given; injected in tests. */
  readonly resolver?: Resolver
  /** So many must tell the value, whatever becomes of the others; 1. */
  readonly atLeast?: number
  /** After which a server that answers and has no such value is a failure; 2 minutes. */
  readonly patienceMs?: number
  /** After which a server that gives no answer is not waited for any more; 10 s. */
  readonly silenceMs?: number
}

const PATIENCE_MS = 120_000
const SILENCE_MS = 10_000
const ONE_ANSWER_MS = 3000
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 2000

/**
 * Answers once every name server that can be reached tells this value at this name (no CNAME is followed: give the name
 * where it stands). `dns-unreachable` where one does not within `patienceMs`, or fewer than `atLeast` can be reached at all.
 */
export async function awaitText(
  name: string,
  value: string,
  { servers, resolver, atLeast = 1, patienceMs = PATIENCE_MS, silenceMs = SILENCE_MS }: AwaitTextOptions,
  signal: AbortSignal,
): Promise<void> {
  const all = servers ?? (await findNameServers(name, resolver ?? makeResolver(), signal))
  const wanted = { name: normalizeName(name), value }
  const states = await Promise.all(all.map((server) => follow(server, wanted, { patienceMs, silenceMs }, signal)))
  const behind = all.filter((_, index) => states[index] === 'without').map(formatNameServer)
  if (behind.length > 0)
    throw new DnsFailure(
      'dns-unreachable',
      `${behind.join(', ')} did not tell the new TXT value of ${name} within ${patienceMs / 1000} s; see that changes of the zone get there`,
    )
  if (states.filter((state) => state === 'told').length >= atLeast) return
  throw new DnsFailure(
    'dns-unreachable',
    `too few name servers of ${name} can be reached (${all.map(formatNameServer).join(', ') || 'there are none'}); see that this machine may connect to them by TCP`,
  )
}

/** A resolver that gives up in time. */
export function makeResolver(): Resolver {
  return new Resolver({ timeout: ONE_ANSWER_MS, tries: 2 })
}

/** The name servers of the zone a name is in, by the system's DNS. `dns-unreachable` where it says of none. */
export async function findNameServers(name: string, resolver: Resolver, signal: AbortSignal): Promise<NameServer[]> {
  const labels = normalizeName(name).split('.')
  for (const index of labels.keys()) {
    const found = await outcomeOf(resolver.resolveNs(labels.slice(index).join('.')))
    signal.throwIfAborted()
    if (!found.ok || found.value.length === 0) continue
    return Promise.all(found.value.map((server) => resolveNameServer(server, 53, resolver)))
  }
  throw new DnsFailure(
    'dns-unreachable',
    `the name servers of ${name} cannot be found; see that this machine has DNS, and that the name is right`,
  )
}

/** A name server's addresses, by the system's DNS; without any where it has none. */
export async function resolveNameServer(name: string, port: number, resolver: Resolver): Promise<NameServer> {
  const found = await Promise.all([outcomeOf(resolver.resolve4(name)), outcomeOf(resolver.resolve6(name))])
  const addresses = found.flatMap((family) => (family.ok ? family.value : []))
  return { name: normalizeName(name), addresses: addresses.map((host) => ({ host, port })) }
}

type Wanted = { readonly name: string; readonly value: string }
/** `without`: it answers, and has no such value. */
type State = 'told' | 'without' | 'silent'

async function follow(
  server: NameServer,
  wanted: Wanted,
  { patienceMs, silenceMs }: { readonly patienceMs: number; readonly silenceMs: number },
  signal: AbortSignal,
): Promise<State> {
  const begunAt = performance.now()
  let heardAt = begunAt
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const states = await Promise.all(server.addresses.map((address) => askOnce(address, wanted, signal)))
    const now = performance.now()
    if (states.includes('without')) {
      heardAt = now
      if (now - begunAt >= patienceMs) return 'without'
    } else if (states.includes('told')) {
      // Of its addresses one may be of a kind that does not lead anywhere from here.
      return 'told'
    } else if (server.addresses.length === 0 || now - heardAt >= silenceMs) return 'silent'
    await outcomeOf(sleep(pauseMs, undefined, { signal }))
    signal.throwIfAborted()
  }
}

/** One that does not have the zone is as good as none: resolvers pass it over as well. */
async function askOnce(server: ServerAddress, { name, value }: Wanted, signal: AbortSignal): Promise<State> {
  const sent = { id: randomInt(0x1_0000), opcode: OPCODE.QUERY, question: { name, type: TYPE.TXT } }
  const received = await outcomeOf(exchange(server, encodeMessage(sent), { timeoutMs: ONE_ANSWER_MS, signal }))
  signal.throwIfAborted()
  if (!received.ok) return 'silent'
  const read = await outcomeOf(Promise.try(() => readMessage(received.value, `the DNS server ${formatServer(server)}`)))
  if (!read.ok || read.value.id !== sent.id || !read.value.isAnswer || !read.value.isAuthoritative) return 'silent'
  const { rcode, answers } = read.value
  if (rcode !== RCODE.NOERROR && rcode !== RCODE.NXDOMAIN) return 'silent'
  const isTold = answers.some((each) => each.name === name && each.type === TYPE.TXT && each.value === value)
  return isTold ? 'told' : 'without'
}

function formatNameServer({ name, addresses }: NameServer): string {
  return `${name} (${addresses.map(formatServer).join(', ') || 'no address'})`
}
