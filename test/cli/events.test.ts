// Events: printed, followed, and taken up again after a broken connection.
import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createClient } from '../../src/api/client.ts'
import type { EventRecord } from '../../src/api/wire.ts'
import { type FakeApi, startFakeApi } from '../fakes/fake-api.ts'
import { runCommand } from './run-command.ts'

let api: FakeApi
beforeEach(async () => {
  api = await startFakeApi()
})
afterEach(() => api.close())

function event(id: string, message = `event ${id}`): EventRecord {
  return { id, time: '2026-11-21T10:00:00.000Z', type: 'applied', loadBalancer: 'web-lb', message }
}

function send(response: ServerResponse, ...events: EventRecord[]): void {
  if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const one of events) response.write(`id: ${one.id}\nevent: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`)
}

test('what happened, then the end', async () => {
  process.env['TZ'] = 'UTC'
  api.onRaw('GET /v1/events', (_, response) => {
    send(response, event('1', 'web-lb: live in 8 ms, no reload'))
    response.write(': a comment keeps the connection awake\n\n')
    send(response, event('2', 'two\nlines'))
  })
  const ran = await runCommand('events', { stateDir: api.stateDir })
  expect(ran).toEqual({
    exitCode: 0,
    out:
      '2026-11-21 10:00:00  applied   web-lb: live in 8 ms, no reload\n' +
      '2026-11-21 10:00:00  applied   web-lb: two lines\n',
    err: '',
  })
})

test('nothing happened', async () => {
  api.onRaw('GET /v1/events', (_, response) => response.writeHead(200).flushHeaders())
  expect(await runCommand('events -o json', { stateDir: api.stateDir })).toEqual({ exitCode: 0, out: '', err: '' })
})

test('one JSON object a line, after an event', async () => {
  api.onRaw('GET /v1/events', (request, response) => {
    expect(request.headers['last-event-id']).toBe('7')
    send(response, event('8'), event('9'))
  })
  const { out } = await runCommand('events --after 7 -o json', { stateDir: api.stateDir })
  expect(
    out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).id),
  ).toEqual(['8', '9'])
})

test('a broken connection is taken up where it ended', async () => {
  const asked: (string | undefined)[] = []
  api.onRaw('GET /v1/events', (request, response) => {
    asked.push(request.headers['last-event-id'] as string | undefined)
    send(response, ...(asked.length === 1 ? [event('1'), event('2')] : [event('3')]))
    if (asked.length === 1) setTimeout(() => response.destroy(), 10)
  })
  const end = new AbortController()
  const client = createClient({ stateDir: api.stateDir, env: {}, fetchTimeoutMs: 1000 })
  const lost: string[] = []
  const ids: string[] = []
  for await (const { id } of client.events({ signal: end.signal, onLost: (reason) => lost.push(reason) })) {
    ids.push(id)
    if (id === '3') end.abort()
  }
  expect({ ids, asked, lost }).toEqual({
    ids: ['1', '2', '3'],
    asked: [undefined, '2'],
    lost: ['the connection was closed'],
  })
})

test('pieces are put together wherever they are cut', async () => {
  const text = `id: 1\r\ndata: ${JSON.stringify(event('1', 'grün')).slice(0, 20)}`
  api.onRaw('GET /v1/events', (_, response) => {
    const bytes = Buffer.from(`${text}${JSON.stringify(event('1', 'grün')).slice(20)}\r\n\r\n`)
    response.writeHead(200).flushHeaders()
    for (const byte of bytes) response.write(Buffer.from([byte]))
  })
  expect((await runCommand('events', { stateDir: api.stateDir })).out).toContain('web-lb: grün')
})

test('a refusal ends it', async () => {
  api.on('GET /v1/events', { error: 'no', code: 'x' }, 422)
  expect(await runCommand('events --follow', { stateDir: api.stateDir })).toMatchObject({
    exitCode: 5,
    err: 'fairlead: no\n',
  })
})
