// /metrics about traffic: right numbers, never more series than allowed, and a dashboard that asks for none that is not there.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { judgeMetrics } from '../../src/daemon/doctor-findings.ts'
import { Metrics } from '../../src/daemon/metrics.ts'
import { renderSeries } from '../../src/daemon/traffic-series.ts'
import type { Share } from '../../src/model/config.ts'

function shareOf(owner: string, ...hosts: string[]): Share {
  const servers = hosts.map((host) => ({ name: `${host}:80`, host, port: 80, address: '::1', state: 'ready' }))
  return { owner, routes: [], pools: [{ id: `${owner}.main`, owner, servers }] } as unknown as Share
}

const rows = new Map(
  Object.entries({
    'be_web.main': { stot: '30', hrsp_2xx: '28', hrsp_5xx: '2', bout: '900', act: '1', bck: '0', rtime: '12' },
    'be_web.main/a:80': { stot: '30', status: 'UP', check_status: 'L7OK', scur: '3', qcur: '1' },
    'be_web.main/b:80': { stot: '0', status: 'DOWN' },
  }),
)
const render = (most: number) =>
  renderSeries({ shares: [shareOf('web', 'a', 'b')], rows, placeOf: (id) => `be_${id}`, most })

test('each load balancer and each server has its numbers', () => {
  const text = render(2)
  for (const line of [
    'fairlead_load_balancer_requests_total{load_balancer="web"} 30',
    'fairlead_load_balancer_responses_total{load_balancer="web",code="5xx"} 2',
    'fairlead_load_balancer_response_seconds{load_balancer="web"} 0.012',
    'fairlead_load_balancer_backends_up{load_balancer="web"} 1',
    'fairlead_load_balancer_backends{load_balancer="web"} 2',
    'fairlead_backend_up{load_balancer="web",pool="main",target="a:80"} 1',
    'fairlead_backend_up{load_balancer="web",pool="main",target="b:80"} 0',
    'fairlead_backend_sessions{load_balancer="web",pool="main",target="a:80"} 3',
    'fairlead_backend_queued{load_balancer="web",pool="main",target="a:80"} 1',
    'fairlead_metrics_servers_left_out 0',
  ])
    expect(text.split('\n')).toContain(line)
})

test('above the bound servers have none, and that is told', () => {
  const text = render(1)
  expect(text).toContain('fairlead_metrics_servers_left_out 2\n')
  expect(text).toContain('fairlead_load_balancer_requests_total{load_balancer="web"} 30\n')
  expect(text).not.toContain('fairlead_backend_')
  expect(render(0)).not.toContain('load_balancer="')
  expect(judgeMetrics(3, 2)).toMatchObject({ ok: 'warning', advice: expect.stringContaining('--metrics-servers 3') })
  expect(judgeMetrics(2, 2)).toMatchObject({ ok: true })
})

test('the dashboard asks only for series there are, and for each by its name alone', async () => {
  const own = await new Metrics(
    '1',
    '2',
    async () => ({ workers: 0, connections: 0 }),
    () => [],
  ).render(new Map())
  const types = [...`${own}${render(2)}`.matchAll(/^# TYPE (\S+) (\S+)$/gm)]
  const names = types.flatMap(([, name = '', type]) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  )
  expect(new Set(names).size).toBe(names.length)
  const asked = [...readFileSync('docs/grafana.json', 'utf8').matchAll(/"(?:expr|query)": "([^\n]*)"/g)]
  const used = new Set(asked.flatMap(([, text = '']) => text.match(/\bfairlead_\w+/g) ?? []))
  expect(used.size).toBeGreaterThan(15)
  expect([...used].filter((name) => !names.includes(name))).toEqual([])
})
