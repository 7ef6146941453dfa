// What a worker's connections are, from answers a HAProxy 2.6.12 really gave, and how that is told.
import { expect, test } from 'vitest'
import { formatConnections, formatWhy } from '../../src/daemon/old-worker-words.ts'
import { type Connections, countConnections, parseStreams } from '../../src/haproxy/connections.ts'

const TCP =
  '0x5646a05c0b60: proto=tcpv4 src=127.0.0.1:38706 fe=fe_0.0.0.0:18111 be=be_db.main srv=127.0.0.1:18101 ts=00 epoch=0 age=4s calls=2 rate=0 cpu=0 lat=0 rq[f=848202h,i=0,an=00h,rx=59m56s,wx=,ax=] rp[f=80048202h,i=0,an=00h,rx=59m56s,wx=,ax=] scf=[8,0h,fd=25] scb=[8,1h,fd=26] exp=1s rc=0 c_exp='
const WEBSOCKET =
  '0x5646a06fadc0: proto=tcpv4 src=127.0.0.1:32840 fe=fe_0.0.0.0:18110 be=be_web.main srv=127.0.0.1:18100 ts=00 epoch=0 age=4s calls=3 rate=0 cpu=0 lat=0 rq[f=8c48000h,i=0,an=00h,rx=59m56s,wx=59m56s,ax=] rp[f=88048000h,i=0,an=00h,rx=59m56s,wx=59m56s,ax=] scf=[8,0h,fd=22] scb=[8,11h,fd=33] exp=1s rc=0 c_exp='
const COMMAND =
  '0x5646a070a850: proto=sockpair src=unix:2 fe=GLOBAL be=<NONE> srv=<none> ts=00 epoch=0 age=0s calls=1 rate=1 cpu=0 lat=0 rq[f=c08002h,i=0,an=00h,rx=30s,wx=,ax=] rp[f=80008002h,i=0,an=00h,rx=,wx=,ax=] scf=[8,0h,fd=7] scb=[8,1h,fd=-1] exp=30s rc=0 c_exp='
const REQUEST =
  '0x7fe34c056e30: proto=tcpv4 src=127.0.0.1:32916 fe=fe_0.0.0.0:18110 be=be_web.main srv=127.0.0.1:18100 ts=00 epoch=0 age=4s calls=3 rate=0 cpu=0 lat=0 rq[f=49c40080h,i=0,an=8000h,rx=,wx=,ax=] rp[f=80040202h,i=0,an=4000000h,rx=59s,wx=,ax=] scf=[8,80h,fd=31] scb=[8,11h,fd=40] exp=1s rc=0 c_exp='
const STREAMS = `${[TCP, WEBSOCKET, WEBSOCKET, COMMAND, WEBSOCKET, REQUEST].join('\n')}\n\n`

const STAT = `# pxname,svname,scur,smax,mode,
fe_fairlead,FRONTEND,1,1,http,
fe_0.0.0.0:18110,FRONTEND,9,9,http,
fe_0.0.0.0:18111,FRONTEND,1,1,tcp,
GLOBAL,FRONTEND,1,1,tcp,

`

test('streams: those of commands are none of ours, and a line that is cut off is no stream', () => {
  const [http, tcp] = ['fe_0.0.0.0:18110', 'fe_0.0.0.0:18111']
  expect(parseStreams(STREAMS)).toEqual([
    { frontend: tcp, isTunnel: true },
    ...[1, 2, 3].map(() => ({ frontend: http, isTunnel: true })),
    { frontend: http, isTunnel: false },
  ])
  expect(parseStreams(`${TCP}\n${WEBSOCKET.slice(0, -4)}`)).toHaveLength(1)
  expect(parseStreams('')).toEqual([])
})

test('connections by kind: a quiet HTTP client has no stream', () => {
  const counts = { total: 10, tunnels: 3, tcp: 1, requests: 1, idle: 5 }
  expect(countConnections(STAT, STREAMS, false)).toEqual({ ...counts, isPartial: false })
  expect(countConnections(STAT, `${WEBSOCKET}\n${REQUEST.slice(0, 90)}`, true)).toEqual({
    ...{ total: 10, tunnels: 1, tcp: 1, requests: 0, idle: 8 },
    isPartial: true,
  })
  // Two requests on one HTTP/2 connection.
  const twice = countConnections(STAT.replace(',9,9,', ',1,1,'), `${REQUEST}\n${REQUEST}\n`, false)
  expect(twice).toMatchObject({ total: 2, requests: 2, idle: 0 })
})

const NOTHING: Connections = { total: 0, tunnels: 0, tcp: 0, requests: 0, idle: 0, isPartial: false }

test.each([
  [{ tunnels: 3, tcp: 1, idle: 12 }, '3 WebSockets or other tunnels, 1 TCP connection, 12 idle keep-alive clients'],
  [
    { tunnels: 1, tcp: 2, requests: 1, idle: 1 },
    /^1 WebSocket or other tunnel, 2 TCP connections, 1 request under way/,
  ],
  [{ tunnels: 2000, idle: 50, isPartial: true }, 'at least 2000 WebSockets or other tunnels, 50 more HTTP clients'],
  [{}, 'no connection any more, it is about to end'],
])('%j in words', (counts, words) => {
  expect(formatConnections({ ...NOTHING, ...counts })).toEqual(
    typeof words === 'string' ? words : expect.stringMatching(words),
  )
})

test.each([
  [3_120_000, 'ends at the latest in 52 min'],
  [90_000, 'ends at the latest in 90 s'],
  [86_400_000, 'ends at the latest in 24 h'],
  [1, 'ends at the latest in 1 s'],
  [0, 'its deadline is over, it ends now'],
])('with %i ms left', (remainingMs, words) => {
  expect(formatWhy({ ...NOTHING, tcp: 1 }, remainingMs)).toBe(`1 TCP connection; ${words}`)
  expect(formatWhy(null, remainingMs)).toBe(`it does not answer; ${words}`)
})
