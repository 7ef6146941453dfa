// simulate and race: what they refuse before anything starts, and what simulate prints.

import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { formatSparkline, squeeze } from '../../src/cli/format/sparkline.ts'
import { runCommand } from './run-command.ts'

const both: [line: string, said: string][] = [
  ['--servers 0', '--servers 0 is not a whole number from 1 to 64'],
  ['--requests many', '--requests many is not a whole number from 1 to 100000'],
  ['--slow 20', '--slow 20 is not a percentage from 0% to 100%'],
  ['--slow 101%', '--slow 101% is not a percentage from 0% to 100%'],
  ['--slower 0', '--slower 0 is not a number above 0, up to 1000'],
  ['--service-time 10', '--service-time: "10" is not a duration; write a number with a unit: 250ms, 5s, 1m, 1h, 1d'],
  ['--service-time 2h', '--service-time 2h is too long; the longest is 1h'],
  ['--rate fast', '--rate fast is neither a number of requests a second, up to 1000000, nor a percentage up to 1000%'],
  ['--rate 0%', '--rate 0% is neither a number of requests a second, up to 1000000, nor a percentage up to 1000%'],
  ['--arrivals never', '--arrivals never is not one of poisson, even'],
  ['--servers 4 --weights 1,2', '--weights names 2 of 4 servers; name each of them'],
  [
    '--weights 1,,2',
    '--weights 1,,2 is not a list of whole numbers from 1 to 256, with commas between, for at most 64 servers',
  ],
  [
    '--weights 257',
    '--weights 257 is not a list of whole numbers from 1 to 256, with commas between, for at most 64 servers',
  ],
  [
    '--speeds 1,-2',
    '--speeds 1,-2 is not a list of numbers above 0, up to 1000, with commas between, for at most 64 servers',
  ],
  ['--sick 5', '--sick 5: there is no server 5; they are 1 to 4'],
  ['--sick 1 --sick 1:2x', '--sick 1:2x: server 1 is sick already; name it once'],
  ['--sick 1:ill', '--sick 1:ill is no sick server; write 1, 1:30x, 1:30x@5s, 1:stops or 1:stops@5s'],
  ['--sick 1:0x', '--sick 1:0x is no sick server; write 1, 1:30x, 1:30x@5s, 1:stops or 1:stops@5s'],
  [
    '--sick 1:stops@soon',
    '--sick 1:stops@soon: "soon" is not a duration; write a number with a unit: 250ms, 5s, 1m, 1h, 1d',
  ],
  ['--algorithms random,random', '--algorithms random,random names one twice; name each once'],
  ['--seed -1', '--seed -1 is not a whole number from 0 to 4294967295'],
  ['-o xml', '-o xml is not one of table, json, yaml'],
]

const own: [line: string, said: string][] = [
  [
    'simulate --algorithms roundrobin,leastcon',
    '--algorithms: "leastcon" is not one of roundrobin, leastconn, random, source, hash, first; did you mean leastconn?',
  ],
  [
    'simulate --like-the-encyclopedia --service-time 1s',
    '--like-the-encyclopedia is one certain race; leave out --service-time',
  ],
  [
    'simulate --like-the-encyclopedia --algorithms first',
    '--like-the-encyclopedia is one certain race; leave out --algorithms',
  ],
  [
    'race --algorithms hash',
    '--algorithms: hash can only be simulated; here there are roundrobin, leastconn, random, source',
  ],
  [
    'race --rate 5000',
    'that is 5000 requests a second, and at most 1000 can be raced for real; give a lower --rate, fewer servers or a longer --service-time',
  ],
  [
    'race --rate 10 --requests 601',
    '601 requests at 10 a second take 61 s for each algorithm, and at most 60 s can be raced; give fewer --requests or a higher --rate',
  ],
]

describe('what is refused', () => {
  const lines = [
    ...both.flatMap(([line, said]) => ['simulate', 'race'].map((name) => [`${name} ${line}`, said])),
    ...own,
  ]
  test.each(lines)('%s', async (line = '', said = '') => {
    const { exitCode, out, err } = await runCommand(line)
    expect({ exitCode, out, err }).toEqual({ exitCode: 2, out: '', err: `fairlead: ${said}\n` })
  })
})

describe('simulate', () => {
  test("prints the encyclopedia's numbers", async () => {
    const { exitCode, out } = await runCommand('simulate --like-the-encyclopedia')
    expect(exitCode).toBe(0)
    expect(out).toMatch(/^roundrobin +43 +4 ticks +31 ticks$/m)
    expect(out).toMatch(/^leastconn +20 +1 tick +14 ticks$/m)
    expect(out).toMatch(/^worst backlog: round robin 43, least connections 20 \(2\.1x better\)$/m)
  })

  test('fits 80 columns, with a line of bars for each algorithm', async () => {
    const line = 'simulate --requests 2000 --weights 4,2,1,1 --sick 1:stops@1s'
    const { out } = await runCommand(line, { columns: 80, env: { NO_COLOR: '1' } })
    const lines = out.split('\n')
    for (const one of lines) expect([...one].length).toBeLessThanOrEqual(80)
    for (const name of ['roundrobin', 'leastconn', 'random', 'source', 'hash', 'first']) {
      expect(lines.filter((one) => new RegExp(`^${name} +[▁▂▃▄▅▆▇█]+$`).test(one))).toHaveLength(1)
      expect(lines.filter((one) => new RegExp(`^${name} +[0-9]`).test(one))).toHaveLength(1)
    }
    expect(out.replaceAll(';\n', '; ')).toContain(
      'weights 4,2,1,1; speeds 4,2,1,1; server 1 answers nothing after 1s; seed 1\n',
    )
    expect(out).toMatch(/^roundrobin +[\d.]+ +[\d.]+ ms +never +\d+$/m)
  })

  test('colours on a terminal only, and not with NO_COLOR', async () => {
    const line = 'simulate --requests 100'
    expect((await runCommand(line, { columns: 80 })).out).toContain('\x1b[')
    expect((await runCommand(line, { columns: 80, env: { NO_COLOR: '1' } })).out).not.toContain('\x1b[')
    expect((await runCommand(line)).out).not.toContain('\x1b[')
  })

  test('as JSON and YAML: the whole setting and every result, and the same for the same seed', async () => {
    const line =
      'simulate --requests 500 --slow 50% --slower 3 --rate 50% --sick 2:stops --seed 7 --algorithms first,hash'
    const { out } = await runCommand(`${line} -o json`)
    const simulation = JSON.parse(out)
    expect(simulation).toMatchObject({
      unit: 'ms',
      setting: { requests: 500, slowShare: 0.5, slower: 3, rate: 100, seed: 7, arrivals: 'poisson' },
      algorithms: [{ algorithm: 'first' }, { algorithm: 'hash' }],
    })
    expect(simulation.setting.servers[1]).toEqual({ weight: 1, speed: 1, sickness: { slower: null, fromMs: 0 } })
    expect((await runCommand(`${line} -o json`)).out).toBe(out)
    expect(parse((await runCommand(`${line} -o yaml`)).out)).toEqual(simulation)
    expect((await runCommand(`${line.replace('seed 7', 'seed 8')} -o json`)).out).not.toBe(out)
  })

  test('servers by weight: as strong as it says, unless speeds say otherwise', async () => {
    const speedsOf = async (line: string) => {
      const { setting } = JSON.parse((await runCommand(`simulate --requests 10 -o json ${line}`)).out)
      return setting.servers.map(({ weight, speed }: { weight: number; speed: number }) => [weight, speed])
    }
    expect(await speedsOf('--weights 50,100')).toEqual([
      [50, 1],
      [100, 2],
    ])
    expect(await speedsOf('--weights 50,100 --speeds 1,1')).toEqual([
      [50, 1],
      [100, 1],
    ])
  })
})

test('a bar for each number, on one scale', () => {
  expect(formatSparkline([0, 1, 4, 7], 7)).toBe('▁▂▅█')
  expect(formatSparkline([0, 0], 0)).toBe('▁▁')
  expect(squeeze([1, 5, 2, 3, 0, 4], 3)).toEqual([5, 3, 4])
  expect(squeeze([1, 2], 3)).toEqual([1, 2])
})
