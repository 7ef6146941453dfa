// A listener becomes a `frontend`: accept, find the pool in the map, or say that there is none.
import type { Listener, Route } from '../../model/config.ts'
import { renderHandOverRule, renderTakeOverBind } from './hand-over.ts'
import { formatBackendName, formatFrontendName, formatRouteMapPath } from './names.ts'
import { indent } from './pool.ts'
import type { ProcessSettings } from './process-settings.ts'
import { renderRouting } from './routing.ts'

/** The lines of one listener's section. */
export function renderListener(listener: Listener, routes: readonly Route[], settings: ProcessSettings): string[] {
  const head = [`frontend ${formatFrontendName(listener.id)} from df_${listener.mode}`]
  const binds = renderBinds(listener, settings.ipv6).map((address) => `bind ${address}`)
  const timeouts = [`timeout client ${listener.timeouts.clientMs}ms`]
  if (listener.mode === 'tcp') {
    const pool = routes[0]?.pool
    return [
      ...head,
      ...indent([...binds, ...timeouts, ...(pool === undefined ? [] : [`default_backend ${formatBackendName(pool)}`])]),
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
      ...renderRouting(routes, formatRouteMapPath(listener.id), settings.capabilities),
      ...renderHandOverRule(listener, settings),
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
