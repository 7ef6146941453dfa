// Which file a load balancer's sections stand in: one of its own, or, when there are many, one it shares with some others.
import type { Config, Pool, RateLimit, Share } from '../../model/config.ts'
import { sharesOf } from '../../model/config.ts'
import type { FileLayout, RenderedFile } from '../files.ts'
import { renderGuardSections } from './guards.ts'
import { renderPool } from './pool.ts'
import type { ProcessSettings } from './process-settings.ts'
import { renderRateLimitTable } from './rate-limit.ts'

/**
 * Above this, files are shared. HAProxy's master keeps the names of all its files in one environment variable, of which
 * the system allows 128 KiB (execve(2), MAX_ARG_STRLEN): with 10,000 files a reload fails. What comes at run time adds
 * to them until the next reload.
 */
const MOST_FILES = 300

/** So many files share what is above: a change writes one of them. */
const SHARED_FILES = 64

/** How a configuration that is loaded now is spread over files. */
export function layOutFiles(config: Config): FileLayout {
  return config.shares.size > MOST_FILES ? 'shared' : 'each'
}

/** Every file with sections of load balancers. */
export function renderShareFiles(config: Config, layout: FileLayout, settings: ProcessSettings): RenderedFile[] {
  const byPath = Map.groupBy(sharesOf(config), (share) => pathOf(share.owner, layout))
  return [...byPath].flatMap(([path, shares]) => renderFile(path, shares, layout, settings) ?? [])
}

/** What templates wrote, each in a file of its own after all others: its `defaults` hold for nobody else. */
export function renderTemplateFiles(config: Config): RenderedFile[] {
  return sharesOf(config).flatMap(({ owner, text }) =>
    text === undefined ? [] : [{ path: `config/70-${owner}.cfg`, content: text, owner }],
  )
}

/** Those in which one of these load balancers stands; `gone` are paths of files with nothing in them any more. */
export function renderChangedShareFiles(
  before: Config,
  after: Config,
  owners: readonly string[],
  layout: FileLayout,
  settings: ProcessSettings,
): { readonly files: readonly RenderedFile[]; readonly gone: readonly string[] } {
  const sharing = layout === 'each' ? owners : findSharing(before, after, owners)
  const shares = sharing.flatMap((owner) => after.shares.get(owner) ?? [])
  const byPath = Map.groupBy(shares, (share) => pathOf(share.owner, layout))
  const paths = [...new Set(owners.map((owner) => pathOf(owner, layout)))]
  const files = paths.flatMap((path) => renderFile(path, byPath.get(path) ?? [], layout, settings) ?? [])
  const there = new Set(files.map(({ path }) => path))
  return { files, gone: paths.filter((path) => !there.has(path)) }
}

/** Everyone in the shared files of these, sorted. */
function findSharing(before: Config, after: Config, owners: readonly string[]): string[] {
  if (shelves.shares !== before.shares) shelves = { shares: before.shares, names: shelve(before.shares.keys()) }
  const { names } = shelves
  for (const owner of owners) {
    const shelf = names.get(bucketOf(owner)) ?? new Set()
    if (after.shares.has(owner)) names.set(bucketOf(owner), shelf.add(owner))
    else shelf.delete(owner)
  }
  shelves = { shares: after.shares, names }
  return [...new Set(owners.map(bucketOf))].flatMap((bucket) => [...(names.get(bucket) ?? [])]).sort()
}

/** Who stands where in the last configuration asked about; the next one is mostly the same. */
let shelves: { readonly shares: Config['shares'] | null; readonly names: Map<number, Set<string>> } = {
  shares: null,
  names: new Map(),
}

function shelve(owners: Iterable<string>): Map<number, Set<string>> {
  return new Map([...Map.groupBy(owners, bucketOf)].map(([bucket, some]) => [bucket, new Set(some)]))
}

function pathOf(owner: string, layout: FileLayout): string {
  if (layout === 'each') return `config/50-${owner}.cfg`
  return `config/55-shared-${String(bucketOf(owner)).padStart(2, '0')}.cfg`
}

/** FNV-1a, 32 bits: spreads names evenly and costs next to nothing. */
function bucketOf(owner: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < owner.length; index++) hash = Math.imul(hash ^ owner.charCodeAt(index), 0x01000193)
  return (hash >>> 0) % SHARED_FILES
}

function renderFile(
  path: string,
  shares: readonly Share[],
  layout: FileLayout,
  settings: ProcessSettings,
): RenderedFile | null {
  const parts = shares
    .filter(({ pools }) => pools.length > 0)
    .map((share) => ({ share, text: renderShare(share, settings) }))
  const [first] = parts
  if (!first) return null
  if (layout === 'each') return { path, content: first.text, owner: first.share.owner }
  const sections: { owner: string; line: number }[] = []
  let line = 1
  for (const { share, text } of parts) {
    sections.push({ owner: share.owner, line })
    line += text.split('\n').length
  }
  return { path, content: parts.map(({ text }) => `${text}\n`).join(''), owner: null, sections }
}

/** Rendered once as long as it is the same. */
const TEXTS = new WeakMap<Share, { readonly cookieKey: string; readonly text: string }>()

function renderShare(share: Share, settings: ProcessSettings): string {
  const { cookieKey } = settings
  const known = TEXTS.get(share)
  if (known?.cookieKey === cookieKey) return known.text
  const { pools } = share
  const shared = [...findLimits(pools).map(renderRateLimitTable), ...renderGuardSections(pools)]
  const sections = [...shared, ...pools.map((pool) => renderPool(pool, settings))]
  const text = sections.map((lines) => `${lines.join('\n')}\n`).join('\n')
  TEXTS.set(share, { cookieKey, text })
  return text
}

/** Each counter table once, however many pools count into it. */
function findLimits(pools: readonly Pool[]): RateLimit[] {
  const limits = pools.flatMap((pool) => (pool.rateLimit ? [[pool.rateLimit.scope, pool.rateLimit] as const] : []))
  return [...new Map(limits).values()]
}
