// A listener becomes a `frontend`: accept, find the pool in the map, or say that there is none.
import type { Listener } from '../../model/config.ts'
import { renderAccessLog } from './access-log.ts'
import { renderChallenge } from './challenge.ts'
import { renderClientFacts } from './client-certificate.ts'
import { NOTED_PEER } from './forwarded.ts'
import { renderHandOverOfConnections, renderHandOverRules, renderTakeOverBind } from './hand-over.ts'
import { renderMappedHsts } from './hsts.ts'
import { formatFrontendName, formatRouteKey, formatRouteMapPath } from './names.ts'
import { indent } from './pool.ts'
import type { ProcessSettings } from './process-settings.ts'
import { renderRouting } from './routing.ts'
import { renderSniRouting } from './sni.ts'
import { renderTlsWords } from './tls.ts'
import { renderWord } from './word.ts'

/** The lines of one listener's section. */
export function renderListener(listener: Listener, settings: ProcessSettings): string[] {
  const binds = renderBinds(listener, settings.ipv6).map(
    (address) =>
      `bind ${address}${listener.acceptProxy ? ' accept-proxy' : ''}${renderTlsWords(listener, settings.capabilities)}`,
  )
  const body = listener.mode === 'http' ? renderHttp : listener.sni ? renderSni : renderTcp
  return [
    `frontend ${formatFrontendName(listener.id)} from df_${listener.mode}`,
    ...indent([...binds, ...body(listener, settings)]),
  ]
}

function renderTcp(listener: Listener, settings: ProcessSettings): string[] {
  const everything = formatRouteKey({ host: null, path: '/' })
  const lookup = `str(${everything}),map_str(${formatRouteMapPath(listener.id)})`
  return [...renderClientTimeout(listener), ...renderAccessLog('tcp', settings), `use_backend %[${lookup}]`]
}

function renderSni(listener: Listener, settings: ProcessSettings): string[] {
  return [
    ...renderTakeOverBind(listener, settings),
    ...renderClientTimeout(listener),
    ...renderAccessLog('tcp', settings),
    ...renderSniRouting(listener, settings.capabilities),
    ...renderHandOverOfConnections(listener, settings),
    'use_backend %[var(txn.pool)]',
  ]
}

function renderHttp(listener: Listener, settings: ProcessSettings): string[] {
  const { timeouts } = listener
  return [
    ...renderTakeOverBind(listener, settings),
    ...renderClientTimeout(listener),
    `timeout http-request ${timeouts.httpRequestMs}ms`,
    `timeout http-keep-alive ${timeouts.keepAliveMs}ms`,
    ...(listener.monitorUri === undefined ? [] : renderMonitor(listener.monitorUri)),
    ...(settings.capabilities.idleCloseOnResponse ? ['option idle-close-on-response'] : []),
    NOTED_PEER,
    ...renderAccessLog('http', settings),
    ...renderClientFacts(listener, settings.capabilities),
    ...renderHandOverRules(listener, settings),
    ...renderChallenge(settings),
    ...renderRouting(listener, settings),
    ...renderMappedHsts(listener),
    'use_backend %[var(txn.pool)]',
  ]
}

/** No rule is asked, nothing is logged: it says that this HAProxy serves, and nothing of servers. */
function renderMonitor(uri: string): string[] {
  return [
    `monitor-uri ${renderWord(uri)}`,
    'http-error status 200 content-type text/html string "<html><body><h1>200 OK</h1>Serving.</body></html>\\n"',
  ]
}

function renderClientTimeout({ timeouts }: Listener): string[] {
  return [`timeout client ${timeouts.clientMs}ms`]
}

/** Every `bind` address of a listener; 0.0.0.0 means every address of the machine, IPv6 too. */
export function renderBinds(listener: Pick<Listener, 'address' | 'port'>, ipv6: boolean): string[] {
  const { address, port } = listener
  if (address === '0.0.0.0') return [`0.0.0.0:${port}`, ...(ipv6 ? [`[::]:${port} v6only`] : [])]
  return [address.includes(':') ? `[${address}]:${port}${address === '::' ? ' v6only' : ''}` : `${address}:${port}`]
}
