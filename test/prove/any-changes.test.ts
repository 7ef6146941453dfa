// The random changes: the same seed makes the same ones, and whatever it is, the load always has servers.
import { describe, expect, test } from 'vitest'
import { makeChance } from '../../src/prove/chance.ts'
import { DAILY, FORCED } from '../../src/prove/changes/kinds.ts'
import { type ChosenStep, chooseStep } from '../../src/prove/changes/step.ts'
import { type Demo, FIRST_SETTINGS, findServing, MOST_SERVERS, type World } from '../../src/prove/world.ts'

const KINDS = [...DAILY, ...FORCED]

function demo(number: number): Demo {
  return { name: `s${number}`, target: `127.0.0.1:${10_000 + number}` }
}

const FIRST: World = {
  port: 8000,
  tlsPort: 8443,
  servers: [1, 2, 3].map((number) => ({ ...demo(number), weight: 1, state: 'ready' as const, maxConnections: null })),
  routes: [],
  neighbours: [],
  settings: FIRST_SETTINGS,
  spares: [],
  otherPorts: [9001, 9002],
}

/** Steps as a run makes them: each starts where the one before ended, with two servers to spare. */
function walk(seed: number, count: number): { step: ChosenStep; before: World }[] {
  const chance = makeChance(seed)
  let [world, started] = [FIRST, 3]
  return Array.from({ length: count }, () => {
    while (world.spares.length < 2) world = { ...world, spares: [...world.spares, demo(++started)] }
    const before = world
    const step = chooseStep(KINDS, before, chance)
    if (!step) throw new Error('no change has room')
    world = step.next
    return { step, before }
  })
}

/** Every server in use, the ones in reserve included. */
function listDemos({ servers, routes, neighbours, spares }: World): string[] {
  const used = [...routes.flatMap((route) => route.demo ?? []), ...neighbours.map((neighbour) => neighbour.demo)]
  return [...servers, ...used, ...spares].map(({ name }) => name)
}

test('the same seed makes the same changes, another one others', () => {
  const texts = (seed: number) => walk(seed, 50).map(({ step }) => step.text)
  expect(texts(1)).toEqual(texts(1))
  expect(texts(1)).not.toEqual(texts(2))
})

describe('in 3000 changes', () => {
  const steps = walk(4711, 3000)

  test('every kind comes up', () => {
    expect(new Set(steps.map(({ step }) => step.kind))).toEqual(new Set(KINDS.map(({ name }) => name)))
  })

  test('two servers at least take requests, and there are never too many', () => {
    for (const { step } of steps) {
      expect(findServing(step.next.servers).length, step.text).toBeGreaterThanOrEqual(2)
      expect(step.next.servers.length).toBeLessThanOrEqual(MOST_SERVERS)
    }
  })

  test('a server is in one place, and freed exactly when it is in none', () => {
    for (const { step, before } of steps) {
      const after = listDemos(step.next)
      expect(new Set(after).size, step.text).toBe(after.length)
      const gone = listDemos(before).filter((name) => !after.includes(name))
      expect(gone, step.text).toEqual(step.freed.map(({ name }) => name))
    }
  })

  test('each changes something', () => {
    for (const { step, before } of steps) expect(step.next, step.text).not.toEqual(before)
  })
})

describe('chance', () => {
  test('stays within its limits and reaches all of them', () => {
    const chance = makeChance(9)
    const seen = new Set(Array.from({ length: 1000 }, () => chance.below(6)))
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5])
  })

  test('picks nothing from nothing, and shuffles without losing', () => {
    const chance = makeChance(9)
    expect(chance.pick([])).toBeUndefined()
    expect([...chance.shuffle([1, 2, 3, 4, 5])].sort()).toEqual([1, 2, 3, 4, 5])
  })
})
