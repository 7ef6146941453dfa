// What etcd answers, by either API, as a tree and as changes of it; anything else is no answer.
import { describe, expect, test } from 'vitest'
import { parseError, parseEvent, parseList } from '../../../src/sources/kontena/etcd2-answers.ts'
import {
  parseError3,
  parseRange,
  parseToken,
  parseWatchWord,
  rangeOf,
} from '../../../src/sources/kontena/etcd3-answers.ts'

const PREFIX = '/kontena/haproxy/lb'
const base64 = (text: string) => Buffer.from(text).toString('base64')

describe('v2', () => {
  test('a tree with folders; an empty value is one', () => {
    const web = {
      key: `${PREFIX}/services/web`,
      dir: true,
      nodes: [{ key: `${PREFIX}/services/web/cookie`, value: '' }],
    }
    const json = {
      action: 'get',
      node: { key: PREFIX, dir: true, nodes: [{ key: `${PREFIX}/services`, dir: true, nodes: [web] }] },
    }
    expect(parseList(json, PREFIX)).toEqual(
      new Map([
        ['services/', ''],
        ['services/web/', ''],
        ['services/web/cookie', ''],
      ]),
    )
  })

  test.each([null, 5, {}, { node: { key: 5 } }, { node: { key: PREFIX, nodes: {} } }])('%j is none', (json) => {
    expect(parseList(json, PREFIX)).toBe(null)
    expect(parseEvent(json, PREFIX)).toBe(null)
  })

  const event = (action: string, key: string, more: object = {}) => ({
    action,
    node: { key, modifiedIndex: 7, ...more },
  })

  test.each([
    [
      'a key brings its folders',
      event('set', `${PREFIX}/services/web/balance`, { value: 'x' }),
      ['services/', 'services/web/', 'services/web/balance=x'],
    ],
    ['a folder', event('create', `${PREFIX}/services`, { dir: true }), ['services/']],
    ['a folder that lives on', event('update', `${PREFIX}/services`, { dir: true }), ['services/']],
    ['a compared one', event('compareAndSwap', `${PREFIX}/a`, { value: '1' }), ['a=1']],
    ['a key that goes', event('delete', `${PREFIX}/services/web/balance`), ['-services/web/balance']],
    ['a key that expires', event('expire', `${PREFIX}/services/web`, { dir: true }), ['-services/web']],
    ['a compared one that goes', event('compareAndDelete', `${PREFIX}/a`), ['-a']],
    ['the prefix goes', event('delete', PREFIX, { dir: true }), ['-']],
    ['what it lies in goes', event('delete', '/kontena', { dir: true }), ['-']],
    ['the prefix is made', event('create', PREFIX, { dir: true }), []],
    ['what it lies in is made', event('create', '/kontena', { dir: true }), []],
  ])('%s', (_, json, expected) => {
    const told = parseEvent(json, PREFIX)
    expect(told?.index).toBe('7')
    const words = told?.changes.map(({ path, value, isTree }) =>
      value === null ? `${isTree ? '-' : '?'}${path}` : path + (value && `=${value}`),
    )
    expect(words).toEqual(expected)
  })

  test('errors', () => {
    expect(parseError({ errorCode: 100, message: 'Key not found', cause: '/a' })).toEqual({
      code: 100,
      word: 'Key not found: /a',
    })
    expect(parseError({ node: {} })).toBe(null)
  })
})

describe('v3', () => {
  test('a range from the prefix to what comes after it; neighbours with a longer name are not in it', () => {
    const { key, range_end } = rangeOf(PREFIX)
    const [from, to] = [key, range_end].map((text) => Buffer.from(text, 'base64').toString()) as [string, string]
    const isIn = (path: string) => from <= path && path < to
    expect([`${PREFIX}/a`, `${PREFIX}/~`, PREFIX, `${PREFIX}-2/a`, `${PREFIX}2/a`].map(isIn)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ])
  })

  test('its keys; a value that is left out is empty', () => {
    const kvs = [{ key: base64(`${PREFIX}/services/web/cookie`) }, { key: base64(`${PREFIX}/a`), value: base64('ä') }]
    expect(parseRange({ header: { revision: '12' }, kvs }, PREFIX)).toEqual({
      index: '12',
      tree: new Map([
        ['services/web/cookie', ''],
        ['a', 'ä'],
      ]),
    })
    expect(parseRange({ header: { revision: '1' } }, PREFIX)?.tree.size).toBe(0)
    expect(parseRange({ kvs }, PREFIX)).toBe(null)
  })

  test('what a watch says', () => {
    const kv = { key: base64(`${PREFIX}/a`), value: base64('1') }
    const events = [{ kv }, { type: 'DELETE', kv: { key: kv.key } }]
    expect(parseWatchWord({ result: { header: {}, events } }, PREFIX)).toEqual({
      kind: 'changes',
      changes: [
        { path: 'a', value: '1' },
        { path: 'a', value: null },
      ],
    })
    expect(parseWatchWord({ result: { created: true } }, PREFIX)).toEqual({ kind: 'changes', changes: [] })
    expect(parseWatchWord({ result: { canceled: true, compact_revision: '5' } }, PREFIX)).toEqual({ kind: 'compacted' })
    const cancelled = { result: { canceled: true, cancel_reason: 'permission denied' } }
    expect(parseWatchWord(cancelled, PREFIX)).toEqual({ kind: 'refused', word: 'permission denied' })
    const broken = { error: { grpc_code: 14, message: 'transport is closing' } }
    expect(parseWatchWord(broken, PREFIX)).toEqual({ kind: 'refused', word: 'transport is closing' })
    expect(parseWatchWord({ result: { events: 5 } }, PREFIX)).toBe(null)
  })

  test('tokens and errors', () => {
    expect(parseToken({ token: 'abc' })).toBe('abc')
    expect(parseToken({})).toBe(null)
    expect(parseError3({ error: 'etcdserver: permission denied', code: 7 })).toBe('etcdserver: permission denied')
    expect(parseError3({ header: {} })).toBe(null)
  })
})
