// The architecture is what the imports say it is; and a planted violation is found, or the check would be worth nothing.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findViolations, type SourceFile } from './import-rules.ts'

const ROOT = join(import.meta.dirname, '..')

function readTree(): SourceFile[] {
  const paths = globSync(['{src,test,bench,scripts,bin}/**/*', '*.{ts,mjs}'], { cwd: ROOT, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1))
  return paths.sort().map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }))
}

/** The rules broken by one file of this path, whose second line is `code`. */
function violationsOf(path: string, code: string) {
  return findViolations([{ path, text: `// What it is for.\n${code}\n` }])
}

test('the tree keeps the rules', () => {
  const files = readTree()
  expect(files.filter(({ path }) => path.startsWith('src/')).length).toBeGreaterThan(10)
  expect(findViolations(files).map(({ file, line, rule }) => `${file}:${line}: ${rule}`)).toEqual([])
})

test('a forbidden import planted into the tree is reported with file, line and rule', () => {
  const planted = { path: 'src/model/planted.ts', text: "// Planted.\n\nimport { x } from '../haproxy/socket.ts'\n" }
  expect(findViolations([...readTree(), planted])).toContainEqual({
    file: 'src/model/planted.ts',
    line: 3,
    rule: 'model may import nothing of ours; not src/haproxy/socket.ts',
  })
})

test.each([
  ['src/plan/a.ts', "import type { F } from '../render/files.ts'", 'plan may import model; not src/render/files.ts'],
  [
    'src/haproxy/a.ts',
    "export { p } from '../plan/make-plan.ts'",
    /^haproxy may import .*; not src\/plan\/make-plan.ts/,
  ],
  ['src/api/a.ts', "const x = await import('../daemon/loop.ts')", /^api may import .*; not src\/daemon\/loop.ts/],
  ['src/api/a.ts', "import '../cli/main.ts'", /^api may import/],
  [
    'src/cli/lb.ts',
    "import { up } from '../daemon/up.ts'",
    /^of cli only src\/cli\/commands\/node\/up.ts,.* may import daemon/,
  ],
  ['src/cli/lb.ts', "import { route } from '../api/routes.ts'", /^cli may import/],
  ['src/daemon/a.ts', "import { lb } from '../cli/lb.ts'", /^daemon may import/],
  ['src/sources/docker/a.ts', "import { b } from '../file/b.ts'", /may not import another source/],
  ['src/store/a.ts', "import {\n  b,\n} from '../../test/fakes/b.ts'", /^src imports nothing from outside src/],
  [
    'src/merge/a.ts',
    "import { readFile } from 'node:fs/promises'",
    'a pure folder does not import readFile of node:fs/promises',
  ],
  [
    'src/spec/a.ts',
    "import { isIP, connect as c } from 'node:net'",
    'a pure folder does not import connect of node:net',
  ],
  ['src/spec/a.ts', "import net from 'node:net'", 'a pure folder does not import * of node:net'],
  ['src/model/a.ts', 'export const now = Date.now()', 'a pure folder does not use Date.now'],
  ['src/model/a.ts', 'export const now = new Date()', 'a pure folder does not use new Date()'],
  ['src/render/b/a.ts', 'export const n = Math.random()', 'a pure folder does not use Math.random'],
  ['src/plan/a.ts', 'export const e = process.env', 'a pure folder does not use process.env'],
  ['src/merge/a.ts', 'setTimeout(() => {}, 1)', 'a pure folder does not use setTimeout'],
  ['src/widgets/a.ts', '', 'src/widgets is no folder of the architecture'],
  ['src/main.ts', '', 'src/main.ts is no folder of the architecture'],
  ['src/io/file-helpers.ts', '', 'no folder or file is called "file-helpers": name the idea'],
  ['test/common/x.test.ts', '', 'no folder or file is called "common": name the idea'],
])('%s with %j breaks one rule', (path, code, rule) => {
  expect(violationsOf(path, code)).toEqual([expect.objectContaining({ file: path, rule: matching(rule) })])
})

test.each([
  ['src/haproxy/a.ts', "import type { Action } from '../plan/action.ts'"],
  ['src/haproxy/a.ts', "import type { Files } from '../render/files.ts'"],
  ['src/sources/file/a.ts', "import { b } from './b.ts'\nimport type { Source } from '../source.ts'"],
  ['src/sources/latest.ts', "import type { Source } from './source.ts'"],
  ['src/cli/commands/node/up.ts', "import { run } from '../../../daemon/run.ts'"],
  ['src/cli/lb.ts', "import { createClient } from '../api/client.ts'\nimport { plan } from '../plan/make-plan.ts'"],
  ['src/daemon/a.ts', "import { x } from '../haproxy/x.ts'\nimport { y } from '../api/y.ts'"],
  ['src/spec/a.ts', "import { isIP, isIPv6 } from 'node:net'\nimport { createHash } from 'node:crypto'"],
  ['src/model/a.ts', "// Date.now() and import { x } from '../io/log.ts' in a comment\nexport const at = new Date(0)"],
])('%s with %j keeps the rules', (path, code) => {
  expect(violationsOf(path, code)).toEqual([])
})

test('a file has at most 300 lines', () => {
  expect(violationsOf('src/io/a.ts', 'x\n'.repeat(299))).toEqual([])
  expect(violationsOf('src/io/a.ts', 'x\n'.repeat(300))).toHaveLength(1)
})

test('line 1 must say what the file is for', () => {
  expect(findViolations([{ path: 'src/io/a.ts', text: 'export const x = 1\n' }])).toHaveLength(1)
})

function matching(rule: string | RegExp): unknown {
  return typeof rule === 'string' ? rule : expect.stringMatching(rule)
}
