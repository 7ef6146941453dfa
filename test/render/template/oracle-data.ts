// The data of oracle/main.go, as the engine's values.
import { toBytes } from '../../../src/render/template/bytes.ts'
import type { List, Struct, Value } from '../../../src/render/template/value.ts'

function struct(type: string, fields: Readonly<Record<string, Value>>): Struct {
  return { kind: 'struct', type: `main.${type}`, fields: new Map(Object.entries(fields)) }
}

function list(type: string, items: readonly Value[]): List {
  return { kind: 'list', type: `[]${type}`, items }
}

function map(entries: Readonly<Record<string, Value>>): Value {
  return { kind: 'map', entries: new Map(Object.entries(entries)) }
}

function service(publish: readonly [bigint, string, string], backends: readonly (readonly [string, string, bigint])[]) {
  const [Port, IP, Ssl] = publish
  return struct('Service', {
    Publish: struct('Publish', { Port, IP, Ssl }),
    Backends: list(
      'main.Backend',
      backends.map(([Name, address, port]) => struct('Backend', { Name, IP: address, Port: port })),
    ),
  })
}

function root(services: readonly Struct[], Stats: string, StatsPort: bigint): Struct {
  return struct('Root', {
    Services: list('main.Service', services),
    Stats,
    StatsPort,
    PidFile: '/tmp/haproxy.pid',
    SockFile: '/tmp/haproxy.sock',
  })
}

export const DATA: Readonly<Record<string, Value>> = {
  site: root(
    [
      service([10000n, '127.0.0.1', '/etc/ssl/a.pem'], [['web1', '172.17.0.2', 80n]]),
      service(
        [80n, '', ''],
        [
          ['web1', '172.17.0.2', 80n],
          ['web2', '172.17.0.3', 8080n],
        ],
      ),
      service([9000n, '', ''], []),
    ],
    'Y',
    1936n,
  ),
  none: root([], '', -1n),
  map: map({
    zero: 0n,
    one: 1n,
    big: 1n << 40n,
    minus: -7n,
    half: 0.5,
    yes: true,
    no: false,
    empty: '',
    nil: null,
    text: toBytes(`<a href="x">caf\u00e9 'n' & \\ =</a>\n`),
    list: list('interface {}', [1n, 'two', 3.5, null, true]),
    hollow: list('interface {}', []),
    inner: map({ b: 2n, a: 1n, c: map({ deep: 'yes' }) }),
  }),
}
