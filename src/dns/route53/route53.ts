// Records at AWS Route 53: sets changed in batches that are made whole or not at all, each change with its condition.
import { type Answer, ApiClient, type Refusal } from '../api-client.ts'
import { type DnsCode, DnsFailure } from '../dns-failure.ts'
import { type Page, readPages } from '../pages.ts'
import type { DnsProvider } from '../provider.ts'
import type { AwaitText, RecordSet, RecordStore, SetChange, Written, ZoneHandle } from '../record-store.ts'
import { createStoredProvider } from '../stored-provider.ts'
import { normalizeName } from '../wire/names.ts'
import { keepZones } from '../zone-handles.ts'
import { formatChanges, type Kept, readName, readSet } from './record-set-xml.ts'
import { type AwsKey, signHeaders } from './sign.ts'
import { elementsAt, parseXml, textAt, type XmlElement } from './xml.ts'

const ENDPOINT = 'https://route53.amazonaws.com'
const VERSION = '/2013-04-01'

/** It takes 0 to 2147483647 (API reference, ResourceRecordSet); 0 would mean that nobody may keep an answer. */
const LEAST_TTL_SECONDS = 1

const CODES: Readonly<Record<string, DnsCode>> = {
  AccessDenied: 'dns-credentials',
  ExpiredToken: 'dns-credentials',
  InvalidClientTokenId: 'dns-credentials',
  MissingAuthenticationToken: 'dns-credentials',
  SignatureDoesNotMatch: 'dns-credentials',
  NoSuchHostedZone: 'dns-zone',
  // Five requests a second for the whole account, and one change at a time for each zone: both with HTTP status 400.
  Throttling: 'dns-limit',
  ThrottlingException: 'dns-limit',
  PriorRequestNotComplete: 'dns-limit',
}

export type Route53Options = AwsKey & {
  readonly zones: readonly string[]
  /** Where signatures hold; `us-east-1` for all of Route 53 outside China. */
  readonly region?: string | undefined
  /** Instead of https://route53.amazonaws.com. */
  readonly endpoint?: string | undefined
  readonly awaitText: AwaitText
  readonly now?: (() => number) | undefined
}

/**
 * Route 53. Everything is atomic: a batch deletes exactly what was read and creates what is to be, the ownership record
 * too where it stays as it is, and Route 53 makes all of it or nothing. Of two who write at once one gets through; the
 * other reads again and decides again.
 */
export function createRoute53Provider(options: Route53Options): DnsProvider {
  return createStoredProvider(new Route53Store(options), options.awaitText)
}

/** Where a list goes on: name, type, identifier. */
type Place = Readonly<Record<string, string>>

class Route53Store implements RecordStore<Kept> {
  readonly title = 'Route 53'
  readonly zones: readonly string[]
  readonly leastTtlSeconds = LEAST_TTL_SECONDS
  readonly isAtOnce = true
  readonly findZone = keepZones((zone, signal) => this.#askZone(zone, signal))
  readonly #api: ApiClient

  constructor(options: Route53Options) {
    const { zones, region = 'us-east-1', endpoint = ENDPOINT, now = Date.now } = options
    this.zones = zones.map(normalizeName)
    this.#api = new ApiClient({
      name: this.title,
      base: `${endpoint.replace(/\/+$/, '')}${VERSION}`,
      headersFor: (method, url, body) => {
        const headers: Record<string, string> = body === '' ? {} : { 'content-type': 'application/xml' }
        return signHeaders({ method, url, headers, body }, options, { region, service: 'route53', nowMs: now() })
      },
      // What AWS says of a wrong signature repeats all that was signed.
      secrets: [options.secretAccessKey, options.sessionToken ?? ''],
      advice: `give a key that may list and change the records of ${this.zones.join(', ')}`,
      readRefusal,
      now,
    })
  }

  async #askZone(zone: string, signal: AbortSignal): Promise<ZoneHandle> {
    const query = new URLSearchParams({ dnsname: `${zone}.`, maxitems: '100' })
    const root = await this.#get(`/hostedzonesbyname?${query}`, `the hosted zone ${zone}`, signal)
    const found = elementsAt(root, 'HostedZones/HostedZone')
      .filter((each) => readName(textAt(each, 'Name') ?? '') === zone && textAt(each, 'Config/PrivateZone') !== 'true')
      .map((each) => (textAt(each, 'Id') ?? '').replace(/^\/hostedzone\//, ''))
    if (found[0] !== undefined && found.length === 1) return { id: found[0], name: zone }
    throw new DnsFailure(
      'dns-zone',
      found.length === 0
        ? `Route 53 has no public hosted zone ${zone} in the account of this key; create it there, or give a key of its account`
        : `Route 53 has ${found.length} public hosted zones ${zone} in the account of this key (${found.join(', ')}), and which one the world asks is not known; remove the others`,
    )
  }

  /** The list begins at the name, and goes on with other names. */
  async read(zone: ZoneHandle, name: string, signal: AbortSignal): Promise<RecordSet<Kept>[]> {
    return readPages<RecordSet<Kept>, Place>({ name: `${name}.` }, (place) => this.#readPage(zone, name, place, signal))
  }

  async #readPage(
    zone: ZoneHandle,
    name: string,
    place: Place,
    signal: AbortSignal,
  ): Promise<Page<RecordSet<Kept>, Place>> {
    const query = new URLSearchParams({ ...place, maxitems: '100' })
    const root = await this.#get(`/hostedzone/${zone.id}/rrset?${query}`, `the records of ${name}`, signal)
    const items = elementsAt(root, 'ResourceRecordSets/ResourceRecordSet').map(readSet)
    const isMore = textAt(root, 'IsTruncated') === 'true' && readName(textAt(root, 'NextRecordName') ?? '') === name
    return { items: items.filter((set) => set.name === name), next: isMore ? nextPlace(root) : null }
  }

  async write(zone: ZoneHandle, changes: readonly SetChange<Kept>[], signal: AbortSignal): Promise<Written> {
    const { before, after } = changes[0]!
    const what = `the records of ${(after ?? before)!.name}`
    const question = {
      method: 'POST',
      path: `/hostedzone/${zone.id}/rrset/`,
      body: formatChanges(changes),
      what,
    } as const
    const answer = await this.#api.send(question, signal)
    if (answer.status < 300) return 'written'
    const { code, messages } = readError(answer)
    const isConflict = messages.some((message) =>
      /but it (was not found|already exists)|do not match|conflicting RRSet/.test(message),
    )
    if (code === 'InvalidChangeBatch' && isConflict) return 'conflict'
    throw this.#api.refusalOf(answer, what)
  }

  async #get(path: string, what: string, signal: AbortSignal): Promise<XmlElement> {
    const answer = await this.#api.send({ method: 'GET', path, what }, signal)
    if (answer.status >= 300) throw this.#api.refusalOf(answer, what)
    const root = parseXml(answer.text)
    if (!root) throw this.#api.unlike('its answer is no XML')
    return root
  }
}

function nextPlace(root: XmlElement): Place {
  const parts = ['Name', 'Type', 'Identifier'].map((part) => [part.toLowerCase(), textAt(root, `NextRecord${part}`)])
  return Object.fromEntries(parts.filter(([, value]) => value !== undefined))
}

/** `ErrorResponse`, and the older `InvalidChangeBatch` with several messages. */
function readError({ text }: Answer): { readonly code: string; readonly messages: readonly string[] } {
  const root = parseXml(text)
  if (root?.name === 'InvalidChangeBatch')
    return { code: root.name, messages: elementsAt(root, 'Messages/Message').map((each) => each.text) }
  return {
    code: textAt(root, 'Error/Code') ?? '',
    messages: elementsAt(root, 'Error/Message').map((each) => each.text),
  }
}

function readRefusal(answer: Answer): Refusal {
  const { code, messages } = readError(answer)
  // What follows a wrong signature is all that should have been signed, over many lines.
  const words = messages.join('; ').replace(/ *The Canonical String[\s\S]*/, '')
  const isClock = /Signature (expired|not yet current)/i.test(words) || code === 'RequestExpired'
  return { words: code === '' ? words : `${words} (${code})`, code: isClock ? 'dns-clock' : CODES[code] }
}
