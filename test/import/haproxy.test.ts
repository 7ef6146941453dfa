// A haproxy.cfg becomes load balancers that the daemon takes, and every line that is not in them is named.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { importHaproxy } from '../../src/import/haproxy/import-haproxy.ts'
import { convert } from '../arbitrary/resources.ts'

const USUAL = readFileSync(new URL('files/usual.cfg', import.meta.url), 'utf8')

function read(text: string) {
  const { resources, remarks } = importHaproxy(text, 'haproxy')
  for (const resource of resources)
    expect(convert(resource as Parameters<typeof convert>[0]), JSON.stringify(resource)).not.toBeNull()
  return {
    resources,
    leftOut: remarks.filter(({ kind }) => kind === 'left-out').map(({ line, text: said }) => `${line}: ${said}`),
  }
}

test('a usual file: binds, hosts and paths, pools, checks, cookies and a database', () => {
  const { resources, leftOut } = read(USUAL)
  const [web, postgres] = resources
  expect(resources.map(({ name }) => name)).toEqual(['web', 'postgres'])
  expect(web?.spec.tls).toEqual({ certificateFile: '/etc/haproxy/certs/site.pem', redirect: false })
  expect(web?.spec.pools?.['app']).toEqual({
    timeouts: { connect: '5s', server: '30s' },
    algorithm: 'leastconn',
    sticky: { mode: 'cookie', cookieName: 'SERVERID' },
    healthCheck: { type: 'http', path: '/health', status: '200', interval: '3s', fall: 2, rise: 1 },
    backends: [
      { target: '10.0.0.1:8080', weight: 10 },
      { target: '10.0.0.2:8080', maxConnections: 100 },
      { target: '10.0.0.3:8080', backup: true },
    ],
  })
  expect(postgres?.spec).toMatchObject({
    type: 'tcp',
    port: 5432,
    healthCheck: { type: 'postgres', user: 'haproxy', interval: '1s' },
    backends: [{ target: '10.0.2.1:5432' }, { target: '10.0.2.2:5432', backup: true }],
  })
  expect(leftOut.map((line) => line.split(': ')[0])).toEqual(['3', '17', '18', '38', '50', '52'])
})

test('the first rule that fits wins, as in HAProxy, where the most specific wins here', () => {
  const routes = read(USUAL).resources[0]?.spec.routes
  const table = routes?.map(({ match, pool }) => `${match.host ?? '*'}${match.path ?? '/'} ${pool}`)
  expect(table?.sort()).toEqual([
    '*/ app',
    '*/images static',
    '*/static static',
    'api.example.com/ api',
    'api.example.com/images static',
    'api.example.com/static static',
    'shop.example.com/buy api',
    'shop.example.com/images static',
    'shop.example.com/static static',
  ])
})

test('a frontend that only redirects is the way to https of the other', () => {
  const { resources, leftOut } = read(
    'frontend a\n bind :80\n http-request redirect scheme https code 301\nfrontend b\n bind :443 ssl crt /c.pem\n default_backend app\nbackend app\n mode http\n server s 10.0.0.1:80 check',
  )
  expect(leftOut).toEqual([])
  expect(resources).toEqual([
    { name: 'b', spec: { tls: { certificateFile: '/c.pem' }, backends: [{ target: '10.0.0.1:80' }] } },
  ])
})

test('a file with nothing to serve makes nothing, and says why', () => {
  const { resources, leftOut } = read(
    'frontend a\n bind :80\n default_backend gone\nresolvers dns\n nameserver a 10.0.0.1:53',
  )
  expect(resources).toEqual([])
  expect(leftOut).toEqual([
    '1: backend gone: has no server in this file that could be taken',
    '4: resolvers dns: this section is not read',
  ])
})
