// import kontena: what `--source kontena-yml` would serve, as resources; remarks with file and line on standard error.
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { temporaryFolder } from '../io/temporary-folder.ts'
import { runCommand } from './run-command.ts'

async function fileOf(text: string, more: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = join(temporaryFolder(), 'shop')
  for (const [name, content] of Object.entries({ ...more, 'kontena.yml': text })) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), content)
  }
  return join(folder, 'kontena.yml')
}

const documentsOf = (text: string) => parseAllDocuments(text).map((document) => document.toJS())

test("both examples of Kontena's documentation come out whole", async () => {
  const run = (name: string) =>
    runCommand(
      `import kontena ${fileURLToPath(new URL(`../sources/kontena/files/${name}/kontena.yml`, import.meta.url))}`,
    )
  const internet = await run('internet')
  expect([internet.exitCode, internet.err]).toEqual([0, ''])
  const [api, web, ...rest] = documentsOf(internet.out)
  expect(rest).toEqual([])
  expect([web.name, JSON.stringify(web)]).toEqual([
    'internet-internet-lb-internet-web',
    expect.stringMatching(/"www\.kontena\.io".*"web:80"/),
  ])
  expect([api.name, JSON.stringify(api)]).toEqual([
    'internet-internet-lb-internet-api',
    expect.stringMatching(/"\/api".*"api:8080"/),
  ])
  const [galera] = documentsOf((await run('internal')).out)
  expect(galera).toMatchObject({ spec: { type: 'tcp', port: 3306, backends: [{ target: 'galera:3306' }] } })
})

test('what is not taken is named with its line; the project and the variables are those of the environment', async () => {
  const text =
    'lb: { image: kontena/lb }\nweb:\n  links: [lb]\n  env_file: web.env\n  environment: [KONTENA_LB_VIRTUAL_HOSTS=$HOST]\napi:\n  links: [lb]\n  instances: many\n'
  const path = await fileOf(text, { 'web.env': 'KONTENA_LB_INTERNAL_PORT=8080' })
  const { exitCode, out, err } = await runCommand(`import kontena ${path}`, {
    env: { KONTENA_PROJECT: 'blog', HOST: 'a.example' },
  })
  expect(exitCode).toBe(0)
  expect(documentsOf(out)).toMatchObject([{ name: 'blog-lb-blog-web' }])
  expect(out).toContain('a.example')
  expect(out).toContain('web:8080')
  expect(err).toBe(`${path}:8: not taken: api.instances: "many" is not a whole number from 0 to 1000\n`)
})

test('a file that cannot be read to its end ends with 5 and its line; one that is missing with 1', async () => {
  const broken = await runCommand(`import kontena ${await fileOf('lb: { image: kontena/lb }\nweb: nginx')}`)
  expect([broken.exitCode, broken.out]).toEqual([5, ''])
  expect(broken.err).toContain('kontena.yml:2')
  const nothing = await runCommand('import kontena -', { input: 'lb: { image: kontena/lb }' })
  expect([nothing.exitCode, nothing.err]).toEqual([5, expect.stringContaining('nothing could be taken')])
  expect((await runCommand('import kontena /nowhere.yml')).exitCode).toBe(1)
})
