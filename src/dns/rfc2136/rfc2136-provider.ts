// The DNS provider for servers that take dynamic updates (RFC 2136), signed with TSIG: BIND, Knot, PowerDNS and others.
import { zoneOf } from '../find-zone.ts'
import type { DnsProvider } from '../provider.ts'
import { formatServer, type ServerAddress } from '../wire/exchange.ts'
import { normalizeName } from '../wire/names.ts'
import { putAddresses, readFound, removeAddresses } from './addresses.ts'
import type { Primary } from './primary.ts'
import { addText, removeText } from './texts.ts'
import type { TsigKey } from './tsig-key.ts'

const TIMEOUT_MS = 10_000
const DNS_PORT = 53
const SILENCE_MS = 10_000

export type Rfc2136Options = {
  /** The primary of all the zones. */
  readonly server: ServerAddress
  readonly zones: readonly string[]
  /** null: the server goes by our address. */
  readonly key: TsigKey | null
  /** For each question and its whole answer; 10 s. */
  readonly timeoutMs?: number
  /** At which the zones' name servers answer the world; 53. */
  readonly nameServerPort?: number
  /** After which a name server that gives no answer is not waited for any more; 10 s. */
  readonly silenceMs?: number
  /** Milliseconds since 1970; injected in tests. */
  readonly now?: () => number
}

/** Nothing is sent before one of its methods is called. */
export function createRfc2136Provider(options: Rfc2136Options): DnsProvider {
  const {
    server,
    key,
    timeoutMs = TIMEOUT_MS,
    nameServerPort = DNS_PORT,
    silenceMs = SILENCE_MS,
    now = Date.now,
  } = options
  const zones = options.zones.map(normalizeName)
  const primary: Primary = { server, key: key && { ...key, name: normalizeName(key.name) }, timeoutMs, now }
  const where = { primary, zones, nameServerPort, silenceMs }
  return {
    title: `rfc2136 at ${formatServer(server)}`,
    zones,
    async read(given, signal) {
      const name = normalizeName(given)
      return readFound(primary, zoneOf(name, zones), name, signal)
    },
    async put(given, owner, { takeOver }, signal) {
      const wanted = { ...given, name: normalizeName(given.name) }
      await putAddresses(primary, zoneOf(wanted.name, zones), { wanted, owner, takeOver }, signal)
    },
    async remove(given, owner, signal) {
      const name = normalizeName(given)
      await removeAddresses(primary, zoneOf(name, zones), { name, owner }, signal)
    },
    async addText(name, value, signal) {
      await addText(where, normalizeName(name), value, signal)
    },
    async removeText(name, value, signal) {
      await removeText(where, normalizeName(name), value, signal)
    },
  }
}
