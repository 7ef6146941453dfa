// The routes of one load balancer: what of its traffic goes where.
import type { LoadBalancerSpec } from '../../spec/schema.ts'
import type { Display } from './display.ts'
import { type Column, formatTable } from './table.ts'

const COLUMNS: readonly Column[] = [{ title: 'HOST' }, { title: 'PATH' }, { title: 'GOES TO', shrinks: true }]

/** The table of `lb route list`; what no route takes stands last. */
export function formatRoutes(
  display: Display,
  { routes = [], backends = [], static: files }: LoadBalancerSpec,
): string {
  const rows = routes.map(({ match, pool, static: ofRoute, backends: own = [] }) => [
    match.host ?? 'any',
    match.path ?? '/',
    ofRoute ? formatFiles(ofRoute) : pool === undefined ? formatTargets(own) : `pool ${pool}`,
  ])
  const rest = [
    'any other',
    '',
    files ? formatFiles(files) : backends.length > 0 ? formatTargets(backends) : 'nowhere (404)',
  ]
  return formatTable(display, COLUMNS, [...rows, rest])
}

function formatFiles({ root }: NonNullable<LoadBalancerSpec['static']>): string {
  return `files of ${root}`
}

function formatTargets(backends: readonly { readonly target: string }[]): string {
  return backends.map(({ target }) => target).join(', ') || 'nowhere (503)'
}
