// import: load balancers on standard output, remarks with file and line on standard error, exit codes.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { temporaryFolder } from '../io/temporary-folder.ts'
import { runCommand } from './run-command.ts'

const SITE =
  'upstream app { server a:1; keepalive 8; }\nserver {\n  location / { proxy_pass http://app; sub_filter a b; }\n}\n'

async function fileOf(text: string, name = 'site.conf'): Promise<string> {
  const path = join(temporaryFolder(), name)
  await writeFile(path, text)
  return path
}

test('YAML for apply, and what was not taken with file and line; exit code 0', async () => {
  const path = await fileOf(SITE)
  const { exitCode, out, err } = await runCommand(`import nginx ${path}`)
  expect(exitCode).toBe(0)
  expect(parse(out)).toEqual({ name: 'app', spec: { backends: [{ target: 'a:1' }] } })
  expect(err.split('\n')).toEqual([
    `${path}:1: keepalive 8: nothing needed; connections to servers are kept and shared anyway`,
    `${path}:3: not taken: sub_filter a b: bodies are passed on as they are`,
    '',
  ])
})

test('JSON where it is asked for, and several documents where there are several', async () => {
  const two = `${SITE}server { listen 8080; location / { proxy_pass http://b:2; } }`
  const { out } = await runCommand(`import nginx - -o json`, { input: two })
  expect(JSON.parse(out).map(({ name }: { name: string }) => name)).toEqual(['app', 'imported'])
  expect((await runCommand('import nginx -', { input: two })).out).toContain('\n---\n')
})

test('a haproxy.cfg', async () => {
  const path = await fileOf('frontend web\n bind :80\n default_backend app\nbackend app\n server a 10.0.0.1:80 check\n')
  const { exitCode, out, err } = await runCommand(`import haproxy ${path}`)
  expect([exitCode, err, parse(out)]).toEqual([0, '', { name: 'web', spec: { backends: [{ target: '10.0.0.1:80' }] } }])
})

test('5 when nothing could be taken, or the file cannot be read to its end; 1 when there is none', async () => {
  const nothing = await runCommand('import nginx -', { input: 'worker_processes 4;' })
  expect([nothing.exitCode, nothing.out]).toEqual([5, ''])
  expect(nothing.err).toContain('standard input: nothing could be taken; no load balancer was made')
  const broken = await runCommand('import nginx -', { input: 'server {\n listen 80\n}' })
  expect([broken.exitCode, broken.err]).toEqual([
    5,
    expect.stringContaining('standard input:2: "listen" does not end; write ; after it'),
  ])
  expect((await runCommand('import nginx /nowhere.conf')).exitCode).toBe(1)
  expect((await runCommand('import nginx')).exitCode).toBe(2)
})

test('what the daemon would refuse is not printed, but told', async () => {
  const { exitCode, err } = await runCommand('import haproxy -', {
    input:
      'frontend web\n bind :80\n default_backend app\nbackend app\n option pgsql-check\n server a 10.0.0.1:80 check weight 999\n',
  })
  expect(exitCode).toBe(5)
  expect(err).toContain('not taken: web: spec.backends[0].weight')
})
