// When certificates are renewed: by their age, by their CA's wish, and in time whatever that is.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findRenewalTime, type RenewalQuestion } from '../../src/certs/renewal-time.ts'

const DAY = 86_400_000
const START = Date.parse('2026-01-01T00:00:00Z')

function iso(days: number): string {
  return new Date(START + days * DAY).toISOString()
}

/** A certificate of so many days, looked at after so many; all in days since it was issued. */
function renewal(lifeDays: number, nowDays: number, chance = 0, window: [number, number] | null = null) {
  const question: RenewalQuestion = {
    notBefore: iso(0),
    notAfter: iso(lifeDays),
    window: window && { start: iso(window[0]), end: iso(window[1]) },
    chance,
  }
  const { at, reason } = findRenewalTime(question, START + nowDays * DAY)
  return `${reason} ${Math.round(((Date.parse(at) - START) / DAY) * 100) / 100}`
}

describe('without the CA’s wish', () => {
  test.each([
    ['90 days: after two thirds', 90, 0, 0, 'age 60'],
    ['90 days, another chance: up to a twentieth of its life before', 90, 0, 1, 'age 55.5'],
    ['45 days', 45, 0, 0, 'age 30'],
    ['10 days still count as long', 10, 0, 0, 'age 6.67'],
    ['6 days: after half of them', 6, 0, 0, 'age 3'],
    ['6 days, another chance', 6, 0, 1, 'age 2.7'],
    ['a certificate of 5 years', 1825, 0, 0, 'age 1216.67'],
    ['past that time: now', 90, 70, 0.5, 'age 70'],
    ['with a twentieth left: an emergency', 90, 85.5, 0, 'emergency 85.5'],
    ['one that has expired: now', 90, 200, 0, 'emergency 200'],
    ['one without a life: now', 0, 3, 0, 'emergency 3'],
  ])('%s', (_, life, now, chance, expected) => expect(renewal(life, now, chance)).toBe(expected))
})

describe('with the CA’s wish', () => {
  test.each<[string, number, number, [number, number], string]>([
    ['its beginning', 10, 0, [40, 42], 'window 40'],
    ['a moment in it', 10, 0.25, [40, 42], 'window 40.5'],
    ['later than age alone would have it', 10, 0.5, [70, 72], 'window 71'],
    ['after that moment: now', 41, 0.25, [40, 42], 'window 41'],
    ['long past, as when the CA has to revoke: now', 10, 0.9, [-2, -1], 'window 10'],
    ['too late to be safe: before the last twentieth', 10, 0.5, [88, 90], 'emergency 85.5'],
    ['too late, and it is too late already: now', 86, 0.5, [88, 95], 'emergency 86'],
  ])('%s', (_, now, chance, window, expected) => expect(renewal(90, now, chance, window)).toBe(expected))
})

test('whatever is given, the same chance gives the same moment, never before now, never in the last twentieth without need', () => {
  const days = fc.double({ min: -10, max: 400, noNaN: true })
  const windows = fc.option(fc.tuple(days, days), { nil: null })
  const check = (life: number, now: number, chance: number, span: [number, number] | null) => {
    const window = span && ([Math.min(...span), Math.max(...span)] as [number, number])
    const ask = (at: number) =>
      findRenewalTime(
        {
          notBefore: iso(0),
          notAfter: iso(life),
          window: window && { start: iso(window[0]), end: iso(window[1]) },
          chance,
        },
        at,
      )
    const nowMs = START + now * DAY
    const first = ask(nowMs)
    expect(ask(nowMs)).toEqual(first)
    const atMs = Date.parse(first.at)
    expect(atMs).toBeGreaterThanOrEqual(Math.floor(nowMs))
    expect(atMs).toBeLessThanOrEqual(Math.max(nowMs, START + life * DAY * 0.95 + 1))
    // Who asks again before it is told the same.
    if (atMs > nowMs + 1000) expect(ask(nowMs + 500)).toEqual(first)
  }
  fc.assert(
    fc.property(
      fc.double({ min: 0.01, max: 400, noNaN: true }),
      days,
      fc.double({ min: 0, max: 1, noNaN: true }),
      windows,
      check,
    ),
  )
})
