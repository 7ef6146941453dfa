// A Config becomes the files HAProxy reads: one for the process, one for the listeners, one for each load balancer, and the maps.
import { type Config, type Listener, listenersOf, poolsOf, type Share, sharesOf } from '../../model/config.ts'
import { ownPlaceOf } from '../../model/place.ts'
import type { FileLayout, RenderedFile } from '../files.ts'
import { renderChallengeMap } from './challenge.ts'
import { OWN_MAP, renderHandOverBackend } from './hand-over.ts'
import { renderListener } from './listener.ts'
import { formatRouteMapPath } from './names.ts'
import { renderProcess } from './process.ts'
import type { ProcessSettings } from './process-settings.ts'
import { planReserve, renderReserve } from './reserve.ts'
import { PARAMETER_MAPS, toRouteRow } from './rows.ts'
import { layOutFiles, renderChangedShareFiles, renderShareFiles, renderTemplateFiles } from './share-files.ts'
import { renderStaticCheck } from './static-files.ts'
import { renderCertificates, renderChangedCertificates, renderHttpsPools } from './tls.ts'
import { renderTokenKeyFiles } from './token.ts'

/** Every file of a configuration, in the order HAProxy reads them. The same Config gives the same files. */
export function renderHaproxy(config: Config, settings: ProcessSettings): RenderedFile[] {
  const layout = layOutFiles(config)
  const listeners = listenersOf(config).flatMap((listener) => {
    const handOver = renderHandOverBackend(listener, settings)
    return [renderListener(listener, settings), ...(handOver.length > 0 ? [handOver] : [])]
  })
  const reserve = renderReserve(planReserve(config, settings), settings)
  return [
    { path: 'config/10-process.cfg', content: toText([renderProcess(settings)]), owner: null },
    {
      path: 'config/20-listeners.cfg',
      content: toText([
        ...listeners,
        ...renderHttpsPools(config, settings.capabilities),
        ...renderStaticCheck(config, settings),
      ]),
      owner: null,
    },
    ...renderShareFiles(config, layout, settings),
    ...(reserve.length > 0 ? [{ path: 'config/60-reserve.cfg', content: toText(reserve), owner: null }] : []),
    ...renderTemplateFiles(config),
    { path: OWN_MAP.path, content: OWN_MAP.content, owner: null },
    // Empty when HAProxy loads them: every pool has a place of its own then.
    ...Object.values(PARAMETER_MAPS).map((path) => ({ path, content: '', owner: null })),
    renderChallengeMap(config),
    ...listenersOf(config).map((listener) => renderRouteMap(listener, config)),
    ...renderCertificates(config),
    ...renderTokenKeyFiles(poolsOf(config)),
  ]
}

/** What of the files a change of these load balancers touches; `gone` are paths of files that are no more. */
export function renderChanged(
  before: Config,
  after: Config,
  owners: Iterable<string>,
  layout: FileLayout,
  settings: ProcessSettings,
): { readonly files: readonly RenderedFile[]; readonly gone: readonly string[] } {
  const changed = [...owners].filter((owner) => before.shares.get(owner) !== after.shares.get(owner))
  const { files, gone } = renderChangedShareFiles(before, after, changed, layout, settings)
  const routed = new Set<string>()
  for (const owner of changed) {
    const [old, fresh] = [before.shares.get(owner), after.shares.get(owner)]
    if (!isSame(old?.routes, fresh?.routes))
      for (const route of [...(old?.routes ?? []), ...(fresh?.routes ?? [])]) routed.add(route.listener)
  }
  const maps = [...routed]
    .filter((id) => after.listeners.has(id))
    .map((id) => ({ path: formatRouteMapPath(id), content: renderRowsAnew(id, before, after, owners), owner: null }))
  const isOther = changed.some((owner) => before.shares.get(owner)?.domains !== after.shares.get(owner)?.domains)
  const challenges = isOther ? [renderChallengeMap(after)] : []
  const certificates = renderChangedCertificates(before, after, owners)
  const keys = renderTokenKeyFiles(changed.flatMap((owner) => after.shares.get(owner)?.pools ?? []))
  return {
    files: [...files, ...maps, ...challenges, ...certificates.files, ...keys],
    gone: [...gone, ...certificates.gone],
  }
}

function isSame(a: Share['routes'] | undefined, b: Share['routes'] | undefined): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b)
}

function renderRouteMap({ id }: Listener, config: Config): RenderedFile {
  const content = sharesOf(config)
    .map((share) => renderRows(share, id))
    .join('')
  noteText(config, id, content)
  return { path: formatRouteMapPath(id), content, owner: null }
}

/** The text of a listener's map as it was rendered for a table of shares: the next one differs by a few rows. */
const TEXTS = new WeakMap<Config['shares'], Map<string, string>>()

function noteText({ shares }: Config, listener: string, text: string): void {
  const texts = TEXTS.get(shares) ?? new Map<string, string>()
  TEXTS.set(shares, texts.set(listener, text))
}

/** The rows in an order of their own: HAProxy looks them up in a tree. */
function renderRowsAnew(listener: string, before: Config, after: Config, owners: Iterable<string>): string {
  const known = TEXTS.get(before.shares)?.get(listener)
  let text = known ?? ''
  if (known === undefined) for (const share of after.shares.values()) text += renderRows(share, listener)
  else {
    for (const owner of owners) {
      const [old, fresh] = [before.shares.get(owner), after.shares.get(owner)]
      if (old !== fresh)
        text = cutRows(text, old ? renderRows(old, listener) : '') + (fresh ? renderRows(fresh, listener) : '')
    }
  }
  noteText(after, listener, text)
  return text
}

function cutRows(text: string, rows: string): string {
  if (rows === '') return text
  const at = text.startsWith(rows) ? 0 : text.indexOf(`\n${rows}`) + 1
  return text.slice(0, at) + text.slice(at + rows.length)
}

/** Rows by listener, made once for a share. */
const ROWS = new WeakMap<Share, ReadonlyMap<string, string>>()

function renderRows(share: Share, listener: string): string {
  const made = ROWS.get(share) ?? toRows(share)
  ROWS.set(share, made)
  return made.get(listener) ?? ''
}

function toRows(share: Share): ReadonlyMap<string, string> {
  const rows = new Map<string, string>()
  for (const route of share.routes) {
    const { key, value } = toRouteRow(route, ownPlaceOf(route.pool))
    rows.set(route.listener, `${rows.get(route.listener) ?? ''}${key} ${value}\n`)
  }
  return rows
}

function toText(sections: readonly (readonly string[])[]): string {
  return sections.map((lines) => `${lines.join('\n')}\n`).join('\n')
}
