// One thing at a time, in order, whatever each of them comes to.
import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Serial } from '../../src/daemon/serial.ts'

const jobs = fc.array(fc.record({ turns: fc.nat({ max: 3 }), fails: fc.boolean(), pause: fc.nat({ max: 2 }) }), {
  maxLength: 12,
})

test('any jobs run one after the other, each to its own end', async () => {
  await fc.assert(
    fc.asyncProperty(jobs, async (list) => {
      const serial = new Serial()
      const steps: string[] = []
      const results: Promise<PromiseSettledResult<number>>[] = []
      for (const [index, { turns, fails, pause }] of list.entries()) {
        const result = serial.run(async () => {
          steps.push(`begin ${index}`)
          for (let turn = 0; turn < turns; turn++) await nextTurn()
          steps.push(`end ${index}`)
          if (fails) throw index
          return index
        })
        results.push(Promise.allSettled([result]).then(([settled]) => settled))
        for (let turn = 0; turn < pause; turn++) await nextTurn()
      }
      const settled = await Promise.all(results)
      expect(steps).toEqual(list.flatMap((_, index) => [`begin ${index}`, `end ${index}`]))
      expect(settled.map((one) => (one.status === 'fulfilled' ? one.value : `failed ${one.reason}`))).toEqual(
        list.map(({ fails }, index) => (fails ? `failed ${index}` : index)),
      )
    }),
    { numRuns: 50 },
  )
})

test('work that throws before it waits does not stop the next', async () => {
  const serial = new Serial()
  const first = serial.run(() => {
    throw new Error('at once')
  })
  await expect(first).rejects.toThrow('at once')
  expect(await serial.run(async () => 'next')).toBe('next')
})
