// What the log says when containers change.
import { expect, test } from 'vitest'
import { formatChange } from '../../../src/sources/docker/format-change.ts'
import { toWord } from '../../../src/sources/docker/to-word.ts'
import { container, findAddress, type Given } from './containers.ts'

const LABELS = { 'lb.publish': '80', 'lb.target': '80' }

function told(...containers: ReturnType<typeof container>[]) {
  return toWord(containers, findAddress).verdicts
}

const web = (name: string, ip: string, given: Given = {}) => container(name, LABELS, { ip, ...given })

test("the seed's words: the port with every backend it has now", () => {
  const [one, two] = [web('web1', '172.17.0.2'), web('web2', '172.17.0.3', { at: 2 })]
  expect(formatChange([], told(one))).toEqual([
    'Backends changed. Reconfiguring haproxy with:',
    'Publish port 80 HTTP',
    'Backend web1 at 172.17.0.2 , port 80',
  ])
  expect(formatChange(told(one), told(two, one))).toEqual([
    'Backends changed. Reconfiguring haproxy with:',
    'Publish port 80 HTTP',
    'Backend web1 at 172.17.0.2 , port 80',
    'Backend web2 at 172.17.0.3 , port 80',
  ])
})

test('only what changed is told, nothing when nothing did', () => {
  const other = container('db', { 'lb.publish': '5432', 'lb.target': '5432', 'lb.mode': 'tcp' })
  const app = container('app', { ...LABELS, 'lb.host': 'app.example.com' })
  const before = told(web('web1', '172.17.0.2'), other, app)
  expect(formatChange(before, before)).toEqual([])
  expect(formatChange(before, told(web('web1', '172.17.0.2', { state: 'paused' }), app))).toEqual([
    'Backends changed. Reconfiguring haproxy with:',
    'No more port 5432 TCP',
    'Publish port 80 HTTP',
    'Backend web1 at 172.17.0.2 , port 80 (waits: it is paused; `docker unpause` brings it back)',
  ])
  expect(formatChange([], told(app, other))).toEqual([
    'Backends changed. Reconfiguring haproxy with:',
    'Publish port 5432 TCP',
    'Backend db at 172.17.0.2 , port 5432',
    'Publish port 80 HTTP, host app.example.com',
    'Backend app at 172.17.0.2 , port 80',
  ])
})

test('many changes are one line', () => {
  const many = Array.from({ length: 200 }, (_, index) => web(`web${index}`, `172.17.1.${index}`))
  expect(formatChange(told(web('first', '172.17.0.2')), told(...many))).toEqual([
    'Backends changed. Reconfiguring haproxy: 1 published address changed, with 200 backends where 1 were',
  ])
})
