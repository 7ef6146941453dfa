// The architecture's rules as a check over source texts: who may import whom, what pure folders may not touch, names, sizes.
import { dirname, join, normalize } from 'node:path/posix'

/** A file as the check sees it: its path from the repository's root, with forward slashes, and its text. */
export type SourceFile = { readonly path: string; readonly text: string }

/** One broken rule; `line` counts from 1. */
export type Violation = { readonly file: string; readonly line: number; readonly rule: string }

type Import = { readonly from: string; readonly names: readonly string[]; readonly line: number }

const PURE = ['model', 'spec', 'merge', 'plan', 'render', 'import', 'simulate']

/** Each area and what of ours it may import beside itself: areas, or single files of them. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  model: [],
  io: [],
  spec: ['model'],
  merge: ['model'],
  plan: ['model'],
  render: ['model'],
  import: [
    'model',
    'spec',
    'src/sources/kontena/find-upstreams.ts',
    'src/sources/kontena/pages.ts',
    'src/sources/kontena/read-stack.ts',
    'src/sources/kontena/stack-file-problem.ts',
    'src/sources/kontena/to-word.ts',
  ],
  simulate: ['model'],
  sources: ['model', 'spec', 'io', 'src/render/template/config-line.ts', 'src/render/template/legacy-directives.ts'],
  certs: ['model', 'spec', 'io'],
  dns: ['model', 'spec', 'io'],
  store: ['model', 'spec', 'io'],
  haproxy: [
    'model',
    'io',
    'src/certs/self-signed.ts',
    'src/plan/action.ts',
    'src/plan/ledger.ts',
    'src/plan/running.ts',
    'src/render/files.ts',
    'src/render/haproxy/names.ts',
    'src/render/haproxy/rows.ts',
    'src/render/haproxy/server-line.ts',
    'src/render/haproxy/hand-over.ts',
    'src/render/haproxy/tls.ts',
  ],
  api: ['spec', 'store', 'model', 'io'],
  'static-files': ['model', 'io'],
  prove: ['model', 'io', 'src/api/client.ts', 'src/api/wire.ts', 'src/certs/self-signed.ts'],
  race: ['model', 'io', 'simulate', 'src/api/client.ts', 'src/prove/free-port.ts', 'src/prove/throwaway-daemon.ts'],
  cli: [...PURE, 'io', 'prove', 'race', 'src/static-files/serve.ts', 'src/api/client.ts', 'src/api/wire.ts'],
  daemon: [...PURE, 'io', 'sources', 'certs', 'dns', 'store', 'haproxy', 'api', 'static-files'],
}

/** What one kind of source may use of the folder it lies in. */
const SHARED_BY_SOURCES = ['src/sources/source.ts', 'src/sources/latest.ts']

/** The only commands that run on the daemon's own machine; every other one is a client of the API. */
const MAY_IMPORT_DAEMON = ['up', 'doctor', 'config'].map((command) => `src/cli/commands/node/${command}.ts`)

/** Node's modules in pure folders: null means everything in them, a list only these names. */
const PURE_NODE_MODULES: Readonly<Record<string, readonly string[] | null>> = {
  'node:buffer': null,
  'node:crypto': ['createHash'],
  'node:net': ['isIP', 'isIPv4', 'isIPv6', 'SocketAddress'],
  'node:path': null,
  'node:path/posix': null,
  'node:url': null,
  'node:util': null,
}

const IMPURE_CALLS =
  /\b(?:Date\.now|new Date\(\s*\)|Math\.random|performance\.now|process\.(?:env|argv|pid|cwd|platform|hrtime|uptime|exit|nextTick|std\w+)\b|fetch\(|set(?:Timeout|Interval|Immediate)\()/g

const FORBIDDEN_NAMES = [
  'utils',
  'util',
  'helpers',
  'helper',
  'common',
  'core',
  'manager',
  'managers',
  'service',
  'services',
]

const LONGEST_FILE = 300

/** Every broken rule in these files, in the files' order. Files outside src/ are checked for names and line 1 only. */
export function findViolations(files: readonly SourceFile[]): Violation[] {
  return files.flatMap((file) => {
    const inSource = file.path.startsWith('src/') && file.path.endsWith('.ts')
    const found = [...checkName(file), ...checkFirstLine(file)]
    if (inSource) found.push(...checkLength(file), ...checkFolder(file), ...checkImports(file), ...checkPurity(file))
    return found
  })
}

function checkName({ path }: SourceFile): Violation[] {
  const words = path.split('/').map((part) => part.replace(/\..*$/, ''))
  const bad = words.find((word) => FORBIDDEN_NAMES.some((name) => word === name || word.endsWith(`-${name}`)))
  return bad === undefined ? [] : [{ file: path, line: 1, rule: `no folder or file is called "${bad}": name the idea` }]
}

function checkFirstLine({ path, text }: SourceFile): Violation[] {
  if (!/\.(ts|mjs)$/.test(path) || text.startsWith('// ')) return []
  return [{ file: path, line: 1, rule: 'line 1 is a comment that says what the file is for' }]
}

function checkLength({ path, text }: SourceFile): Violation[] {
  const lines = text.trimEnd().split('\n').length
  return lines <= LONGEST_FILE ? [] : [{ file: path, line: lines, rule: `a file has at most ${LONGEST_FILE} lines` }]
}

function checkFolder({ path }: SourceFile): Violation[] {
  const area = areaOf(path)
  if (Object.hasOwn(MAY_IMPORT, area)) return []
  return [{ file: path, line: 1, rule: `src/${area} is no folder of the architecture` }]
}

function checkImports(file: SourceFile): Violation[] {
  return findImports(file.text).flatMap(({ from, line }) => {
    if (!from.startsWith('.')) return []
    const target = normalize(join(dirname(file.path), from))
    const rule = explainRefusal(file.path, target)
    return rule === undefined ? [] : [{ file: file.path, line, rule }]
  })
}

/** Why one of our files may not import another; undefined where it may. */
function explainRefusal(path: string, target: string): string | undefined {
  const [from, to] = [areaOf(path), areaOf(target)]
  if (!target.startsWith('src/')) return `src imports nothing from outside src (${target})`
  if (to === 'daemon' && from === 'cli') {
    return MAY_IMPORT_DAEMON.includes(path)
      ? undefined
      : `of cli only ${MAY_IMPORT_DAEMON.join(', ')} may import daemon`
  }
  if (from === 'sources' && to === 'sources') return explainSources(path, target)
  const allowed = MAY_IMPORT[from] ?? []
  if (from === to || allowed.includes(to) || allowed.includes(target)) return undefined
  return `${from} may import ${allowed.join(', ') || 'nothing of ours'}; not ${target}`
}

/** A kind of source knows itself and the interface, not its siblings. */
function explainSources(path: string, target: string): string | undefined {
  if (dirname(path) === 'src/sources' || SHARED_BY_SOURCES.includes(target)) return undefined
  const kindOf = (file: string) => file.split('/')[2]
  return kindOf(path) === kindOf(target) ? undefined : `${dirname(path)} may not import another source (${target})`
}

function checkPurity(file: SourceFile): Violation[] {
  if (!PURE.includes(areaOf(file.path))) return []
  const modules = findImports(file.text).flatMap(({ from, names, line }) => {
    if (!from.startsWith('node:')) return []
    const allowed = Object.hasOwn(PURE_NODE_MODULES, from) ? PURE_NODE_MODULES[from] : []
    const bad = allowed === null ? [] : names.filter((name) => !allowed?.includes(name))
    return bad.map((name) => ({ file: file.path, line, rule: `a pure folder does not import ${name} of ${from}` }))
  })
  const text = withoutComments(file.text)
  const calls = [...text.matchAll(IMPURE_CALLS)].map((call) => ({
    file: file.path,
    line: lineAt(text, call.index),
    rule: `a pure folder does not use ${call[0].replace(/\($/, '')}`,
  }))
  return [...modules, ...calls]
}

/** `model` of src/model/x.ts; a file that lies in src itself answers its own name. */
function areaOf(path: string): string {
  return path.split('/')[1] ?? ''
}

/** Every import and export-from, static or dynamic, types included; names as exported there, `*` for all of it. */
function findImports(source: string): Import[] {
  const text = withoutComments(source)
  const statements = /^\s*(?:import|export)\b(?<clause>[^'"`;=]*?)\bfrom\s*['"](?<from>[^'"]+)['"]/gm
  const bare = /^\s*import\s*['"](?<from>[^'"]+)['"]/gm
  const dynamic = /\bimport\s*\(\s*['"`](?<from>[^'"`]+)['"`]/g
  return [statements, bare, dynamic].flatMap((pattern) =>
    [...text.matchAll(pattern)].map((found) => ({
      from: found.groups?.['from'] ?? '',
      names: namesIn(found.groups?.['clause'] ?? '*'),
      line: lineAt(text, found.index + found[0].length),
    })),
  )
}

function namesIn(clause: string): string[] {
  const braces = /\{([^}]*)\}/.exec(clause)
  const listed = (braces?.[1] ?? '').split(',').map((part) =>
    part
      .trim()
      .replace(/^type\s+/, '')
      .replace(/\s+as\s.*$/, ''),
  )
  const outside = clause
    .replace(/\{[^}]*\}/, '')
    .replace(/^\s*type\b/, '')
    .replaceAll(',', '')
    .trim()
  return [...listed.filter((name) => name !== ''), ...(outside === '' ? [] : ['*'])]
}

/** The text with every comment blanked and every line kept, so that positions still tell lines. */
function withoutComments(text: string): string {
  const pieces = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`/g
  return text.replace(pieces, (piece) => (/^\/[/*]/.test(piece) ? piece.replace(/[^\n]/g, ' ') : piece))
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}
