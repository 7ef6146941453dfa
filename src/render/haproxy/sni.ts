// A listener whose clients speak TLS to the servers: the name in a client's first message (SNI) says which. Nothing is decrypted.
import type { Capabilities } from '../../model/capabilities.ts'
import type { Listener } from '../../model/config.ts'
import { type Detour, detourPrefixOf } from '../../model/detour.ts'
import { formatRouteKey, formatRouteMapPath } from './names.ts'
import { formatPart } from './steps.ts'

const FOUND = '{ var(txn.pool) -m found }'

/** How long a client may take for its first message. */
const HELLO_TIMEOUT = '10s'

/**
 * The rules: exact name, then wildcards from the longest, then any name, each a row of the listener's map as a host of
 * http is. Who does not speak TLS, or asks for a name nobody serves, is closed at once.
 */
export function renderSniRouting(listener: Listener, { stopping }: Pick<Capabilities, 'stopping'>): string[] {
  const map = formatRouteMapPath(listener.id)
  const rule = (text: string) => `tcp-request content ${text}`
  const lookup = (key: string) => rule(`set-var(txn.pool) ${key},map_str(${map})`)
  const wildcards = Array.from({ length: listener.wildcardLabels }, (_, index) => [
    rule(`set-var(txn.suffix) var(txn.parent),field(-1,.,${listener.wildcardLabels - index}) unless ${FOUND}`),
    `${lookup('str(.),concat(,txn.suffix,/)')} unless ${FOUND}`,
  ]).flat()
  return [
    `tcp-request inspect-delay ${HELLO_TIMEOUT}`,
    rule('reject unless { req.ssl_hello_type 1 }'),
    lookup('req.ssl_sni,lower,concat(/)'),
    // Without the first label, since a wildcard never takes the name it stands below.
    rule(`set-var(txn.parent) req.ssl_sni,lower,field(2,.,0) unless ${FOUND}`),
    ...wildcards,
    `${lookup(`str(${formatRouteKey({ host: null, path: '/' })})`)} unless ${FOUND}`,
    ...(listener.detours ?? []).flatMap((detour) => renderSplit(detour, map)),
    // A worker that is being replaced leaves it to the one after it.
    rule(`reject if !${FOUND}${stopping ? ' !{ stopping }' : ''}`),
  ]
}

function renderSplit(detour: Detour, map: string): string[] {
  if (detour !== 'split-none' && detour !== 'split-source') return []
  const isHere = `if { var(txn.pool) -m beg ${detourPrefixOf(detour)} }`
  return [
    `tcp-request content set-var(txn.part) ${formatPart(detour)} ${isHere}`,
    `tcp-request content set-var(txn.pool) var(txn.pool),concat(/,txn.part,/),map_str(${map}) ${isHere}`,
  ]
}
