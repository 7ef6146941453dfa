// Places for work: never more at once than there are, in order, and free again after a failure.
import { expect, test } from 'vitest'
import { Slots } from '../../src/io/slots.ts'

test('at most so many at once, each in its turn, also where some fail', async () => {
  const slots = new Slots(3)
  const begun: number[] = []
  let [running, most] = [0, 0]
  const ended = await Promise.allSettled(
    Array.from({ length: 20 }, (_, index) =>
      slots.run(async () => {
        begun.push(index)
        most = Math.max(most, ++running)
        for (let turn = 0; turn < index % 4; turn++) await Promise.resolve()
        running--
        if (index % 5 === 0) throw new Error('no')
        return index
      }),
    ),
  )
  expect([most, begun]).toEqual([3, Array.from({ length: 20 }, (_, index) => index)])
  expect(ended.filter(({ status }) => status === 'rejected')).toHaveLength(4)
})
