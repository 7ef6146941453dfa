// Where ownership stands and what it says; which zone a name is in.
import { expect, test } from 'vitest'
import { findZone, zoneOf } from '../../src/dns/find-zone.ts'
import { formatOwner, ownerRecordOf, parseOwner } from '../../src/dns/ownership.ts'

test.each([
  ['app.example.test', '_fairlead.app.example.test'],
  ['App.Example.Test.', '_fairlead.app.example.test'],
  ['*.example.test', '_fairlead._wildcard.example.test'],
])('the ownership of %s stands at %s', (name, record) => {
  expect(ownerRecordOf(name)).toBe(record)
})

test.each([
  [[], null],
  [[formatOwner('east-1')], 'east-1'],
  [['heritage=external-dns,external-dns/owner=default'], 'heritage=external-dns,external-dns/owner=default'],
  [[formatOwner('east'), formatOwner('west')], 'heritage=fairlead,owner=east heritage=fairlead,owner=west'],
  [['heritage=fairlead,owner='], 'heritage=fairlead,owner='],
  [['a\u001b[2Jb\n'], 'a?[2Jb?'],
])('%j is of %j', (texts, owner) => {
  expect(parseOwner(texts)).toBe(owner)
})

const ZONES = ['example.test', 'lb.example.test', 'example.org']

test.each([
  ['app.example.test', 'example.test'],
  ['example.test', 'example.test'],
  ['lb.example.test', 'lb.example.test'],
  ['*.a.lb.example.test', 'lb.example.test'],
  ['notexample.test', undefined],
  ['test', undefined],
])('%s is in %s', (name, zone) => {
  expect(findZone(name, ZONES)).toBe(zone)
})

test('a name outside of all zones is told with them', () => {
  const said =
    '"app.test" lies in none of the zones given (example.test, lb.example.test, example.org); give its zone too, or correct the name'
  expect(() => zoneOf('app.test', ZONES)).toThrow(expect.objectContaining({ code: 'dns-zone', message: said }))
})
