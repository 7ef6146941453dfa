// A container on one page: each of its services, whether it is served and why, and what its labels were taken for.
import type { ExplainedService, Explanation } from '../../api/wire.ts'
import { type Display, oneLine, paint, type Style } from './display.ts'
import { type Column, formatTable } from './table.ts'

const COLUMNS: readonly Column[] = [{ title: 'LABEL' }, { title: 'TAKEN FOR', shrinks: true }]

const STYLES: Readonly<Record<ExplainedService['state'], Style>> = { serving: 'green', waiting: 'yellow', out: 'red' }

const WORDS = { serving: 'served', waiting: 'takes no traffic for now', out: 'not served' } as const

/** The page of `explain`. */
export function formatExplanation(display: Display, explanation: Explanation): string {
  const { container, id, image, state, health, because, services } = explanation
  const life = health === 'none' ? state : `${state}, ${health}`
  const heading = `${paint(display, 'bold', oneLine(container))}  ${oneLine(`${life}, ${image}, ${id}`)}`
  const none = because === null ? [] : [`  ${paint(display, 'red', 'not served')}: ${oneLine(because)}`]
  const pages = services.map((service) => formatService(display, service))
  return [heading, ...none, ...(pages.length > 0 ? [pages.join('\n\n')] : [])].join('\n').concat('\n')
}

function formatService(display: Display, service: ExplainedService): string {
  const { state, because, taken, ignored, remarks } = service
  const name = service.service === null ? '' : `${oneLine(service.service)}: `
  const verdict = paint(display, STYLES[state], WORDS[state])
  const why = because === null ? '' : `: ${oneLine(because)}`
  const facts = listFacts(service)
  const width = Math.max(...facts.map(([what]) => what.length))
  const lines = facts.map(([what, value]) => `  ${paint(display, 'dim', what.padEnd(width))}  ${oneLine(value)}`)
  const rows = [
    ...taken.map(({ label, key }) => [label, key]),
    ...ignored.map(({ label, reason }) => [label, { text: `ignored: ${reason}`, style: 'yellow' as const }]),
  ]
  const table = rows.length === 0 ? [] : ['', formatTable(display, COLUMNS, rows).trimEnd()]
  const told = remarks.length === 0 ? [] : ['', ...remarks.map((remark) => `  ${oneLine(remark)}`)]
  return [`  ${name}${verdict}${why}`, ...lines, ...told, ...table].join('\n')
}

function listFacts({ loadBalancer, publishes, target, network }: ExplainedService): [string, string][] {
  const facts: [string, string | null][] = [
    ['published on', publishes],
    ['load balancer', loadBalancer],
    ['traffic goes to', target === null ? null : `${target}${network === null ? '' : ` over network ${network}`}`],
  ]
  return facts.filter((fact): fact is [string, string] => fact[1] !== null)
}
