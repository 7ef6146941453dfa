// What is known of a container, with what came of its load balancer.
import { expect, test } from 'vitest'
import { explainContainer } from '../../src/daemon/explain.ts'
import type { Placement } from '../../src/merge/merge.ts'
import type { Fragment, Problem } from '../../src/model/fragment.ts'
import { toWord } from '../../src/sources/docker/to-word.ts'
import type { VerdictSource } from '../../src/sources/docker/verdict.ts'
import { container, findAddress } from '../sources/docker/containers.ts'

const CONTAINERS = [
  container('web1', { 'lb.publish': '80' }),
  container('web2', { 'lb.publish': '81', 'lb.wieght': '3' }, { ip: '172.17.0.3' }),
  { ...container('plain', {}), labels: {} },
]

function sourceOf(verdicts: VerdictSource['verdicts']): VerdictSource {
  return { kind: 'docker', title: 'docker', verdicts, watch: async function* () {} }
}

const told = toWord(CONTAINERS, findAddress)
const source = sourceOf(told.verdicts)

function placementsOf(problems: readonly Problem[], isServing = true) {
  return {
    get: (name: string): Placement | undefined => {
      const serving = told.word.find((one) => one.name === name) as Fragment | undefined
      return serving && { name, serving: isServing ? serving : null, version: 1, problems }
    },
  }
}

test('a container is found by its name, or by enough digits of its id', () => {
  const id = told.verdicts.find(({ name }) => name === 'web1')?.id ?? ''
  for (const asked of ['web1', '/web1', id, id.slice(0, 12), id.slice(0, 12).toUpperCase()])
    expect(explainContainer(asked, [source], placementsOf([]))).toMatchObject({
      kind: 'known',
      explanation: {
        container: 'web1',
        id: id.slice(0, 12),
        services: [{ state: 'serving', target: '172.17.0.2:80' }],
      },
    })
  // The three ids begin alike, or are asked for by too little.
  expect(explainContainer(id.slice(0, 3), [source], placementsOf([]))).toMatchObject({ kind: 'unknown' })
})

test('one that is not there is told with the nearest name', () => {
  expect(explainContainer('wbe1', [source], placementsOf([]))).toEqual({ kind: 'unknown', near: 'web1' })
  expect(explainContainer('web1', [], placementsOf([]))).toEqual({ kind: 'no-source' })
  expect(explainContainer('web1', [sourceOf(null)], placementsOf([]))).toEqual({ kind: 'silent' })
})

test('one without a label says so', () => {
  expect(explainContainer('plain', [source], placementsOf([]))).toMatchObject({
    explanation: { because: 'it has no label lb.enable=Y', services: [] },
  })
})

test('what keeps the load balancer out keeps its containers out', () => {
  const conflict = { code: 'conflict', message: 'port 80 is taken by load balancer web; use another port', fatal: true }
  const other = { code: 'label', message: 'container web2: lb.wieght is ignored', fatal: false }
  expect(explainContainer('web1', [source], placementsOf([other, conflict], false))).toMatchObject({
    explanation: { services: [{ state: 'out', because: conflict.message, loadBalancer: 'docker-80' }] },
  })
  expect(explainContainer('web1', [source], placementsOf([other, { ...conflict, fatal: false }]))).toMatchObject({
    explanation: { services: [{ state: 'serving', remarks: [conflict.message] }] },
  })
})
