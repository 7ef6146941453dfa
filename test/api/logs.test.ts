// The access log and top over the API: filters read strictly, lines as they are, streams that tell what was lost.
import { expect, test } from 'vitest'
import { LOG_LINE, TOP_ROW } from '../fakes/fake-engine.ts'
import { KEY, makeApi, resource } from './api-under-test.ts'

const LOGS = '/v1/load-balancers/web-lb/logs'

async function makeOne() {
  const made = await makeApi()
  await made.call('POST', '/v1/load-balancers', resource())
  return made
}

test('the last lines, with every filter', async () => {
  const { call, engine } = await makeOne()
  expect(await call('GET', LOGS)).toMatchObject({ status: 200, body: { items: [LOG_LINE] } })
  await call(
    'GET',
    `${LOGS}?status=5xx&path=/api&host=a.test&server=web-1&method=GET&slowerThan=500ms&requestId=id-1&limit=0`,
  )
  await call('GET', `${LOGS}?status=404`)
  expect(engine.askedLogs).toMatchObject([
    { last: 100 },
    {
      status: [500, 599],
      path: '/api',
      host: 'a.test',
      server: 'web-1',
      method: 'GET',
      slowerThanMs: 500,
      requestId: 'id-1',
      last: 0,
    },
    { status: [404, 404] },
  ])
})

test.each([
  ['status=6xx', '?status: "6xx" is not a status; write 404 or 5xx'],
  ['path=api', '?path: "api" is not a path; it starts with /'],
  ['slowerThan=5', '?slowerThan: "5" is not a duration'],
  ['limit=9000', '?limit: is a number from 0 to 8000'],
  ['state=5xx', 'did you mean status?'],
])('%s is refused', async (query, says) => {
  const { call } = await makeOne()
  const { status, body } = await call('GET', `${LOGS}?${query}`)
  expect([status, body.error]).toEqual([422, expect.stringContaining(says)])
})

test('of an unknown load balancer there are none', async () => {
  const { call } = await makeOne()
  for (const path of ['/v1/load-balancers/web-b/logs', '/v1/top?name=web-b'])
    expect(await call('GET', path)).toMatchObject({ status: 404, body: { error: expect.stringContaining('web-lb?') } })
})

test('followed, lines come as events, and what was lost is told', async () => {
  const { api } = await makeOne()
  const { tcp } = await api.listen({ tcp: { host: '127.0.0.1', port: 0 } })
  const answer = await fetch(`http://${tcp}${LOGS}?follow=true`, { headers: { authorization: `Bearer ${KEY}` } })
  expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader()
  let read = ''
  while (!read.includes('lost')) read += (await reader.read()).value
  expect(read).toContain(`event: line\ndata: ${JSON.stringify(LOG_LINE)}\n\nevent: lost\ndata: {"lost":7}\n\n`)
  await reader.cancel()
})

test('top tells all load balancers, or one', async () => {
  const { call } = await makeOne()
  expect(await call('GET', '/v1/top')).toMatchObject({ status: 200, body: { seconds: 1, items: [] } })
  expect(await call('GET', '/v1/top?name=web-lb')).toMatchObject({ body: { items: [TOP_ROW] } })
})
