// The template of the program ours takes over from, unchanged: rendered, translated with one warning, and accepted by HAProxy.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { renderTemplate } from '../../../src/render/template/render-template.ts'
import { makeTemplateData, type TemplateGroup } from '../../../src/render/template/template-data.ts'
import { checkFiles } from '../../haproxy/check-files.ts'
import { makeCertificate } from '../../live/kit/certificates.ts'

const SEED = readFileSync(join(import.meta.dirname, 'seed.tmpl'), 'utf8')

const SERVERS = [
  { name: 'web2', address: '172.17.0.3', port: 80 },
  { name: 'web1', address: '172.17.0.2', port: 80 },
]
const PLAIN: TemplateGroup = { address: '', port: 80, pem: '', servers: SERVERS }

let folder = ''

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fl-template-'))
  writeFileSync(join(folder, 'a.pem'), (await makeCertificate(['a.test'])).pem)
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

function render(groups: readonly TemplateGroup[], statsPort: number | null) {
  const { data, refused } = makeTemplateData({ groups, statsPort, pidFile: '/tmp/h.pid', sockFile: '/tmp/h.sock' })
  expect(refused).toEqual([])
  const rendered = renderTemplate(SEED, data)
  if (!rendered.ok) throw new Error(rendered.error.message)
  return rendered
}

async function complaintsOf(text: string) {
  return (await checkFiles([{ path: 'config/haproxy.cfg', content: text }])).complaints
}

test('plain: what it says of its servers, and what was translated', async () => {
  const { text, warnings, lines } = render([PLAIN], null)
  expect(text).toContain('frontend port__80\n    bind *:80\n    default_backend port__80_backends\n')
  expect(text).toMatch(/server web1 172\.17\.0\.2:80 \n\s*server web2 172\.17\.0\.3:80 \n/)
  expect(text).not.toContain('listen stats')
  expect(text).toContain('    http-response del-header ETag\n')
  expect(warnings.filter(({ level }) => level === 'warning')).toEqual([
    {
      level: 'warning',
      line: SEED.split('\n').findIndex((line) => line.includes('rspdel')) + 1,
      directive: 'rspdel ^ETag:.*',
      replacement: ['http-response del-header ETag'],
      because: 'HAProxy 2.1 dropped it',
    },
  ])
  expect(warnings.filter(({ level }) => level === 'note').map(({ line, directive }) => `${line} ${directive}`)).toEqual(
    ['2 daemon', '5 pidfile /tmp/h.pid'],
  )
  expect(lines.length).toBe(text.split('\n').length)
  expect(await complaintsOf(text)).toEqual([])
})

test('with statistics: their port is in it', async () => {
  const { text } = render([PLAIN, { ...PLAIN, address: '127.0.0.1', port: 10_000 }], 1936)
  expect(text).toContain('listen stats\n    bind *:1936\n')
  expect(text).toContain('frontend port_127.0.0.1_10000\n    bind 127.0.0.1:10000\n')
  expect(await complaintsOf(text)).toEqual([])
})

test('with a certificate: the bind line names it', async () => {
  const pem = join(folder, 'a.pem')
  const { text, warnings } = render([PLAIN, { ...PLAIN, port: 443, pem }], null)
  expect(text).toContain(`bind *:443 ssl crt ${pem}\n`)
  expect(warnings.filter(({ level }) => level === 'warning')).toHaveLength(1)
  expect(await complaintsOf(text)).toEqual([])
})

test('nobody to serve: still a configuration', async () => {
  const { text, warnings } = render([], null)
  expect(text).not.toContain('frontend')
  expect(warnings.every(({ level }) => level === 'note')).toBe(true)
  expect(await complaintsOf(text)).toEqual([])
})
