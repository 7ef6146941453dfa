// How names are proven here: HAProxy answers http-01 by itself; dns-01 is written by a DNS provider that has the zone.
import type { Challenge } from '../certs/acme/challenge.ts'
import type { Publisher } from '../certs/acme/prove-names.ts'
import { findProvider } from '../dns/find-provider.ts'
import type { DnsProvider } from '../dns/provider.ts'
import { Failure } from '../io/failure.ts'
import { type Config, listenersOf } from '../model/config.ts'
import type { Board } from './board.ts'

/** How long HAProxy may take to answer for a name that is new. */
const APPLIED_MS = 15_000

/** Where CAs come to (RFC 8555 section 8.3). */
const HTTP_PORT = 80

/** Waits, in bounds, until DNS leads a name here, where that is ours to do. */
export type UntilFound = (name: string, signal: AbortSignal) => Promise<unknown>

/** A publisher of challenges. */
export function createPublisher(board: Board, providers: readonly DnsProvider[], untilFound: UntilFound): Publisher {
  const providerOf = (name: string) => findProvider(providers, name)
  return {
    kindsFor: (name) => {
      const dns = providerOf(name) ? (['dns-01'] as const) : []
      if (name.startsWith('*.')) return dns
      // Where nobody of ours listens for the CA, the other way is the better one.
      return isPortServed(board.now.config) ? ['http-01', ...dns] : [...dns, 'http-01']
    },
    publish: async (challenge, signal) => {
      if (challenge.kind === 'http-01') {
        await untilAnswered(board, challenge.name)
        // A CA that finds no address remembers that for a while.
        await untilFound(challenge.name, signal)
      } else await providerFor(providerOf, challenge).addText(challenge.record, challenge.value, signal)
    },
    unpublish: async (challenge, signal) => {
      if (challenge.kind === 'dns-01')
        await providerFor(providerOf, challenge).removeText(challenge.record, challenge.value, signal)
    },
  }
}

function isPortServed(config: Config): boolean {
  return listenersOf(config).some(({ mode, port, tls }) => mode === 'http' && port === HTTP_PORT && !tls)
}

function providerFor(find: (name: string) => DnsProvider | undefined, { name }: Challenge): DnsProvider {
  const provider = find(name)
  if (!provider) throw new Failure('no-provider', `no DNS provider is set up for ${name}; give one with --dns`)
  return provider
}

async function untilAnswered(board: Board, name: string): Promise<void> {
  const isAnswered = await board.waitUntil(
    ({ config, failure }) => failure === null && config.shares.some(({ domains }) => domains?.includes(name) ?? false),
    APPLIED_MS,
  )
  if (isAnswered) return
  throw new Failure(
    'not-applied',
    `HAProxy does not answer challenges for ${name} yet: ${board.now.failure ?? 'no load balancer that serves has this domain'}`,
  )
}
