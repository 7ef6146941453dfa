// A listener becomes a `frontend`: accept, find the pool in the map, or say that there is none.
import type { Listener } from '../../model/config.ts'
import { renderAccessLog } from './access-log.ts'
import { renderHandOverRules, renderTakeOverBind } from './hand-over.ts'
import { formatFrontendName, formatRouteKey, formatRouteMapPath } from './names.ts'
import { indent } from './pool.ts'
import type { ProcessSettings } from './process-settings.ts'
import { renderRouting } from './routing.ts'
import { renderTlsWords } from './tls.ts'

/** The lines of one listener's section. */
export function renderListener(listener: Listener, settings: ProcessSettings): string[] {
  const head = [`frontend ${formatFrontendName(listener.id)} from df_${listener.mode}`]
  const binds = renderBinds(listener, settings.ipv6).map(
    (address) => `bind ${address}${listener.acceptProxy ? ' accept-proxy' : ''}${renderTlsWords(listener)}`,
  )
  const timeouts = [`timeout client ${listener.timeouts.clientMs}ms`]
  if (listener.mode === 'tcp') {
    const everything = formatRouteKey({ host: null, path: '/' })
    const lookup = `str(${everything}),map_str(${formatRouteMapPath(listener.id)})`
    return [
      ...head,
      ...indent([...binds, ...timeouts, ...renderAccessLog('tcp', settings), `use_backend %[${lookup}]`]),
    ]
  }
  timeouts.push(
    `timeout http-request ${listener.timeouts.httpRequestMs}ms`,
    `timeout http-keep-alive ${listener.timeouts.keepAliveMs}ms`,
  )
  const idleClose = settings.capabilities.idleCloseOnResponse ? ['option idle-close-on-response'] : []
  return [
    ...head,
    ...indent([
      ...binds,
      ...renderTakeOverBind(listener, settings),
      ...timeouts,
      ...idleClose,
      ...renderAccessLog('http', settings),
      ...renderHandOverRules(listener, settings),
      ...renderRouting(listener, settings),
      'use_backend %[var(txn.pool)]',
    ]),
  ]
}

/** Every `bind` address of a listener; 0.0.0.0 means every address of the machine, IPv6 too. */
export function renderBinds(listener: Pick<Listener, 'address' | 'port'>, ipv6: boolean): string[] {
  const { address, port } = listener
  if (address === '0.0.0.0') return [`0.0.0.0:${port}`, ...(ipv6 ? [`[::]:${port} v6only`] : [])]
  return [address.includes(':') ? `[${address}]:${port}${address === '::' ? ' v6only' : ''}` : `${address}:${port}`]
}
