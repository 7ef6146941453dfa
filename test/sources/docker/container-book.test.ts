// What is known of containers while lists, inspections and events contradict each other, and when a stop is over.
import { expect, test } from 'vitest'
import { ContainerBook } from '../../../src/sources/docker/container-book.ts'
import type { DockerEvent } from '../../../src/sources/docker/docker-event.ts'
import type { Reading } from '../../../src/sources/docker/reading.ts'

const NOW = 1_800_000_000_000

function reading(changes: Partial<Reading> = {}): Reading {
  return {
    ...{ id: 'a', name: 'web1', image: 'web', createdAt: 0, labels: {}, environment: {}, state: 'running' },
    ...{ health: 'none', networkMode: 'default', networks: [], exposedPorts: [], publishedPorts: [] },
    ...{ stopSignal: 15, stopTimeoutMs: 10_000, startedAt: NOW - 60_000 },
    ...changes,
  }
}

function event(action: string, at: number, attributes: Record<string, string> = {}): DockerEvent {
  return { action, containerId: 'a', attributes, at }
}

function bookOf(changes: Partial<Reading> = {}): ContainerBook {
  const book = new ContainerBook()
  book.takeReading(reading(changes))
  return book
}

const isStopping = (book: ContainerBook, now: number) => book.containers(now)[0]?.stopping

test('a program that runs on 5 s after its stop timeout was not stopped', () => {
  const book = bookOf({ stopTimeoutMs: 3000 })
  book.takeEvent(event('kill', NOW, { signal: '15' }), NOW)
  expect(isStopping(book, NOW + 7999)).toBe(true)
  expect(book.nextExpiry(NOW)).toBe(NOW + 8000)
  expect(isStopping(book, NOW + 8000)).toBe(false)
  expect(book.nextExpiry(NOW + 8000)).toBe(null)
})

test('a stop without an end stays one', () => {
  const book = bookOf({ stopTimeoutMs: Number.POSITIVE_INFINITY })
  book.takeEvent(event('kill', NOW, { signal: '15' }), NOW)
  expect(isStopping(book, NOW + 1e9)).toBe(true)
  expect(book.nextExpiry(NOW)).toBe(null)
})

test('a stop told of before anybody has looked at the container counts once somebody has', () => {
  const book = new ContainerBook()
  book.takeEvent(event('kill', NOW, { signal: '3' }), NOW)
  expect(book.containers(NOW)).toEqual([])
  book.takeReading(reading({ stopSignal: 3 }))
  expect(isStopping(book, NOW)).toBe(true)
})

test('a container started after the signal is not stopping, whatever events were missed', () => {
  const book = bookOf()
  book.takeEvent(event('kill', NOW, { signal: '15' }), NOW)
  book.takeReading(reading({ startedAt: NOW + 1000 }))
  expect(isStopping(book, NOW + 2000)).toBe(false)
})

test('another signal neither begins nor ends a stop', () => {
  const book = bookOf()
  book.takeEvent(event('kill', NOW, { signal: '1' }), NOW)
  expect(isStopping(book, NOW)).toBe(false)
  book.takeEvent(event('kill', NOW, { signal: '15' }), NOW)
  book.takeEvent(event('kill', NOW + 1, { signal: '10' }), NOW + 1)
  expect(isStopping(book, NOW + 2)).toBe(true)
})

test('a list that is older than a die event does not bring the container back', () => {
  const book = bookOf()
  book.takeEvent(event('die', NOW), NOW)
  expect(book.takeList([{ ...reading(), isHealthKnown: true }])).toEqual(['a'])
  expect(book.containers(NOW)[0]?.state).toBe('exited')
})

test('a list without a container that is new asks for a look and removes nobody; one with a destroyed one shows it to nobody', () => {
  const book = bookOf()
  expect(book.takeList([])).toEqual(['a'])
  expect(book.containers(NOW).length).toBe(1)
  book.takeEvent(event('destroy', NOW), NOW)
  expect(book.takeList([{ ...reading(), isHealthKnown: true }])).toEqual(['a'])
  expect(book.containers(NOW)).toEqual([])
})

test('what has not changed is the same object', () => {
  const book = bookOf()
  const before = book.containers(NOW)
  book.takeReading(reading())
  expect(book.containers(NOW)).toBe(before)
  book.takeReading(reading({ name: 'web2' }))
  expect(book.containers(NOW)).not.toBe(before)
})
