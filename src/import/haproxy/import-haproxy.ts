// A haproxy.cfg becomes load balancers, and a remark on every line that is not in them.
import type { LoadBalancerInput, PoolSpec } from '../../spec/schema.ts'
import { assemble } from '../assemble.ts'
import { Names, toName } from '../names.ts'
import { formatLine, type Imported, Remarks } from '../remark.ts'
import type { Site } from '../site.ts'
import { type ConfigLine, type ConfigSection, parseHaproxy } from './parse-haproxy.ts'
import { readBackend } from './read-backend.ts'
import { type Frontend, readFrontend } from './read-frontend.ts'

/** Reads a whole haproxy.cfg, or some sections of one. `fallback` names what has no name. */
export function importHaproxy(text: string, fallback: string): Imported {
  const remarks = new Remarks()
  const sections = withDefaults(parseHaproxy(text))
  const pools = new Map<string, PoolSpec>()
  const fronts: Frontend[] = []
  for (const { section, defaults } of sections) {
    const { keyword, name, lines } = section
    if (keyword === 'backend') pools.set(toName(name), readBackend(defaults, lines, remarks, new Remarks()))
    else if (keyword === 'frontend') fronts.push(readFrontend(section, defaults, remarks))
    else if (keyword === 'listen') {
      const { front, pool } = readListen(section, defaults, remarks)
      pools.set(toName(name), pool)
      fronts.push(front)
    } else remarkOnSection(section, remarks)
  }
  return { resources: toResources(fronts, pools, remarks, fallback), remarks: remarks.list() }
}

function toResources(
  fronts: readonly Frontend[],
  pools: Map<string, PoolSpec>,
  remarks: Remarks,
  fallback: string,
): LoadBalancerInput[] {
  const isServed = (pool: string) => (pools.get(pool)?.backends ?? []).length > 0
  const known = (site: Site) => site.routes.every(({ keys }) => keys.pool === undefined || isServed(keys.pool))
  for (const site of fronts.flatMap(({ sites }) => sites))
    if (!known(site))
      remarks.leaveOut(
        site.line,
        `backend ${site.routes[0]?.keys.pool}: has no server in this file that could be taken`,
      )
  const web = fronts.filter(({ mode }) => mode === 'http').flatMap(({ sites }) => sites.filter(known))
  const resources = assemble(joinSites(web), pools, remarks, fallback)
  const names = new Names()
  for (const { name } of resources) names.take(name)
  const tcp = fronts
    .filter(({ mode }) => mode === 'tcp')
    .flatMap(({ sites, defaultPool }) => {
      const pool = defaultPool !== null && isServed(toName(defaultPool)) ? pools.get(toName(defaultPool)) : undefined
      const site = sites.find(({ hosts }) => hosts.includes(null))
      if (!pool || !site) return []
      const { client } = site.timeouts
      const timeouts = { ...pool.timeouts, ...(client === undefined ? {} : { client }) }
      const shared = {
        ...pool,
        ...(site.bind === null ? {} : { bind: site.bind }),
        ...(Object.keys(timeouts).length > 0 ? { timeouts } : {}),
      }
      return site.plainPorts.map((port) => ({
        name: names.take(defaultPool ?? fallback),
        spec: { type: 'tcp' as const, port, ...shared },
      }))
    })
  return [...resources, ...tcp]
}

/** Sites of one frontend that answer to the same hosts. */
function joinSites(sites: readonly Site[]): Site[] {
  const groups = Map.groupBy(sites, ({ routes: _routes, ...site }) => JSON.stringify(site))
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    return first ? [{ ...first, routes: group.flatMap(({ routes }) => routes) }] : []
  })
}

/** Each section with the lines of the `defaults` before it. */
function withDefaults(
  sections: readonly ConfigSection[],
): { section: ConfigSection; defaults: readonly ConfigLine[] }[] {
  let defaults: readonly ConfigLine[] = []
  return sections.map((section) => {
    if (section.keyword === 'defaults') defaults = section.lines
    return { section, defaults }
  })
}

/** A listen section is a frontend and its backend in one. */
function readListen(
  section: ConfigSection,
  defaults: readonly ConfigLine[],
  remarks: Remarks,
): { front: Frontend; pool: PoolSpec } {
  const ofFront = new Set(['bind', 'mode', 'acl', 'use_backend', 'default_backend'])
  const [front, back] = [true, false].map((is) =>
    section.lines.filter(({ words }) => ofFront.has(words[0] ?? '') === is),
  )
  const own = { words: ['default_backend', section.name], line: section.line }
  return {
    front: readFrontend({ ...section, lines: [...(front ?? []), own] }, defaults, remarks),
    pool: readBackend(defaults, back ?? [], remarks, new Remarks()),
  }
}

/** Lines of `global` and `defaults` that a person would miss. */
const MATTERS =
  /^(maxconn|ssl-default-bind|nbthread|cpu-map|lua-load|stats|option (httpclose|http-server-close|accept-invalid)|errorfile|http-errors|compression)/

function remarkOnSection({ keyword, name, line, lines }: ConfigSection, remarks: Remarks): void {
  if (keyword !== 'global' && keyword !== 'defaults') {
    remarks.leaveOut(line, `${formatLine([keyword, name].filter(Boolean))}: this section is not read`)
    return
  }
  for (const one of lines)
    if (MATTERS.test(one.words.join(' ')))
      remarks.leaveOut(
        one.line,
        `${formatLine(one.words)}: the daemon has settings of its own for the process; see \`fairlead config\``,
      )
}
