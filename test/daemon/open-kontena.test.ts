// Opening `--source kontena`: what argument and variables lack is one sentence, and no secret is in the title.
import { expect, test } from 'vitest'
import { openKontena } from '../../src/daemon/open-kontena.ts'
import { createLogger } from '../../src/io/log.ts'

const log = createLogger({ format: 'json', level: 'error' })
const open = (argument: string, environment: Record<string, string>) =>
  openKontena(argument, '/nowhere', log, (balancers) => Promise.resolve(balancers), environment)

test('who is read is in the title, who we are is not', () => {
  const variables = { ETCD_NODE: '10.0.0.5', KONTENA_SERVICE_NAME: 'lb', ETCD_USER: 'ann', ETCD_PASSWORD: 'secret' }
  expect(open('', variables)).toMatchObject({
    kind: 'kontena',
    title: 'etcd at etcd://10.0.0.5:2379, load balancer lb',
  })
  expect(open('etcd3s://ann:secret@a,b?lb=shop/lb', {}).title).toBe(
    'etcd at etcd3s://a:2379,b:2379, load balancer shop/lb',
  )
})

test('what is lacking is told', () => {
  expect(() => open('', {})).toThrow('kontena names no etcd')
  expect(() => open('', { ETCD_NODE: 'a' })).toThrow('kontena names no load balancer')
})
