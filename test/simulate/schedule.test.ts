// The schedule gives back what was put down, in the order of time.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Schedule } from '../../src/simulate/schedule.ts'

test('the earliest first, and of the same moment the first put down', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20)), (times) => {
      const schedule = new Schedule<number>()
      for (const [index, atMs] of times.entries()) schedule.add(atMs, index)
      const taken: number[] = []
      for (let due = schedule.takeDue(20); due; due = schedule.takeDue(20)) taken.push(due.value)
      const expected = [...times.keys()].sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b)
      expect(taken).toEqual(expected)
    }),
  )
})

test('what is not due stays', () => {
  const schedule = new Schedule<string>()
  schedule.add(5, 'later')
  schedule.add(2, 'soon')
  expect(schedule.takeDue(1)).toBeUndefined()
  expect(schedule.takeDue(2)?.value).toBe('soon')
  expect(schedule.takeDue(4)).toBeUndefined()
  expect(schedule.takeDue(5)?.value).toBe('later')
})
