// Completion: what is offered where, and that each shell understands its script.
import { execFile } from 'node:child_process'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type FakeApi, startFakeApi } from '../fakes/fake-api.ts'
import { runCommand } from './run-command.ts'
import { sampleLoadBalancer } from './samples.ts'

let api: FakeApi
beforeEach(async () => {
  api = await startFakeApi()
  const item = sampleLoadBalancer({ spec: { pools: { v1: {}, v2: {} } } })
  api.on('GET /v1/load-balancers', { items: [item, sampleLoadBalancer({ name: 'db-lb' })] })
  api.on('GET /v1/load-balancers/web-lb', item)
})
afterEach(() => api.close())

const run = (words: readonly string[]) => runCommand(['__complete', '--', ...words], { stateDir: api.stateDir })

async function offered(...words: string[]): Promise<string[]> {
  const { out } = await run(words)
  return out
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t')[0] ?? '')
}

describe('what is offered', () => {
  test('commands, with what they do', async () => {
    expect(await offered('lb', 'b')).toEqual(['backend'])
    expect(await offered('h')).toEqual(['hash-password', 'history', 'haproxy'])
    expect((await run(['ro'])).out).toBe('rollback\tGo back to an older version, as a new one\n')
  })

  test('names', async () => {
    expect(await offered('lb', 'get', '')).toEqual(['web-lb', 'db-lb'])
    expect(await offered('lb', 'get', 'web-lb', '')).toEqual(['db-lb'])
    expect(await offered('lb', 'status', 'd')).toEqual(['db-lb'])
    expect(await offered('lb', 'status', 'db-lb', '')).toEqual([])
    expect(await offered('history', '')).toEqual(['web-lb', 'db-lb'])
  })

  test('certificates, and where only a stored one will do only those', async () => {
    const one = {
      name: 'my-cert',
      domains: ['a.test'],
      notAfter: null,
      keys: [],
      usedBy: [],
      updatedAt: '',
      problems: [],
      obtained: null,
    }
    const obtained = { renewAt: null, isUnderWay: true, lastError: null, failures: 0 }
    const came = { ...one, name: 'other.example.com', obtained }
    api.on('GET /v1/certificates', { items: [one, { ...one, name: 'other' }, came] })
    expect(await offered('cert', 'show', '')).toEqual(['my-cert', 'other', 'other.example.com'])
    expect(await offered('cert', 'remove', '')).toEqual(['my-cert', 'other'])
    expect((await run(['cert', 'show', 'm'])).out).toBe('my-cert\ta.test\n')
    expect(await offered('lb', 'tls', 'set', 'web-lb', '--certificate', 'o')).toEqual(['other'])
  })

  test('targets and pools of that load balancer', async () => {
    expect(await offered('lb', 'backend', 'drain', 'web-lb', '')).toEqual(['web-1:8080', 'web-2:8080'])
    expect(await offered('lb', 'backend', 'weight', 'web-lb', '--target', 'web-2')).toEqual(['web-2:8080'])
    expect(await offered('lb', 'backend', 'remove', 'web-lb', 'web-1:8080', '')).toEqual(['web-2:8080'])
    expect(await offered('lb', 'backend', 'drain', 'web-lb', '--pool', '')).toEqual(['v1', 'v2'])
    expect(await offered('lb', 'backend', 'add', 'web-lb', '')).toEqual([])
  })

  test('options and their words', async () => {
    expect(await offered('lb', 'create', '--al')).toEqual(['--algorithm'])
    expect(await offered('lb', 'create', '--type', '')).toEqual(['http', 'tcp'])
    expect(await offered('lb', 'create', '--algorithm', '')).toEqual(
      expect.arrayContaining(['roundrobin', 'leastconn', 'source', 'random', 'first', 'hash']),
    )
    expect(await offered('lb', 'list', '-o', 'j')).toEqual(['json'])
    expect(await offered('up', '--acme-d')).toEqual(['--acme-directory'])
    expect(await offered('completion', '')).toEqual(['bash', 'zsh', 'fish'])
    expect(await offered('apply', '-f', '')).toEqual([])
  })

  test('nothing, and no word, where nothing can be known', async () => {
    expect(await run(['nope', ''])).toEqual({ exitCode: 0, out: '', err: '' })
    const ran = await runCommand(['__complete', '--', 'lb', 'get', '--state-dir', '/nowhere', ''], {
      env: { FAIRLEAD_API: '127.0.0.1:1' },
    })
    expect(ran).toEqual({ exitCode: 0, out: '', err: '' })
  })

  test('by the daemon the line names', async () => {
    const words = ['lb', 'get', '--state-dir', api.stateDir, 'w']
    expect((await runCommand(['__complete', '--', ...words])).out).toBe('web-lb\thttp, Running\n')
  })
})

describe('the scripts', () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    test(`${shell} understands its own`, async () => {
      const { out } = await runCommand(`completion ${shell}`)
      const file = join(api.stateDir, `script.${shell}`)
      await writeFile(file, out)
      const checked = await promisify(execFile)(shell, ['-n', file])
      expect(checked.stderr).toBe('')
    })
  }

  test('bash fills in a target behind its colon', async () => {
    const { out } = await runCommand('completion bash')
    const program = join(api.stateDir, 'fairlead')
    await writeFile(
      program,
      '#!/bin/sh\nshift 2\nfor last; do :; done\nprintf "web-1:8080\\tup\\nweb-1:9090\\tdown\\n"\n',
    )
    await chmod(program, 0o755)
    const line = `${program} lb backend drain web-lb web-1:80`
    const script = `${out}
COMP_LINE='${line}' COMP_POINT=${line.length} COMP_WORDBREAKS=$' \\t\\n:='
_fairlead_complete ${program}
printf '%s\\n' "\${COMPREPLY[@]}"`
    const ran = await promisify(execFile)('bash', ['-c', script])
    expect(ran.stdout).toBe('8080\n9090\n')
  })
})
