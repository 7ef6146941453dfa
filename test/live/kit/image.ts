// Builds our container image with a private engine, from a Debian base made here: no image can be pulled in a test.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { outcomeOf } from '../../../src/io/outcome.ts'
import type { TestDocker } from './docker.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const BASE = 'debian:bookworm-slim'

/** The stage of the Dockerfile that holds npm: hundreds of small packages. */
const NPM_STAGE = 'fairlead-test-npm'
const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'fairlead-test')
const MOST_AGE_MS = 7 * 24 * 3_600_000

/** Whom npm trusts in it: those it trusts here. */
const AUTHORITIES = '/etc/test-authorities.pem'

/** What Debian's slim images lack. */
const NOT_SLIM = [
  'usr/share/doc',
  'usr/share/man',
  'usr/share/info',
  'usr/share/locale',
  'var/cache/apt',
  'var/lib/apt/lists',
]

const run = async (command: string, ...args: string[]) =>
  (await promisify(execFile)(command, args, { maxBuffer: 1e8 })).stdout.trim()

/** Builds the image from the repository's Dockerfile as it stands, and leaves it in the engine. */
export async function buildImage(docker: TestDocker, name: string): Promise<void> {
  await docker.stopEngine()
  await docker.startEngine({ outside: true })
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-image-'))
  await loadBase(docker, folder)
  await docker.docker('build', '--quiet', '--network', 'host', '--tag', name, ROOT)
  await rm(folder, { recursive: true })
  await docker.stopEngine()
  await docker.startEngine()
}

/** The base and the npm stage: those of an earlier run, where they are new enough and of the same making. */
async function loadBase(docker: TestDocker, folder: string): Promise<void> {
  const digest = await writeSettings(folder)
  const kept = join(CACHE, `image-base-${digest}.tar`)
  const found = await outcomeOf(stat(kept))
  if (found.ok && Date.now() - found.value.mtimeMs < MOST_AGE_MS) {
    await docker.docker('load', '--quiet', '--input', kept)
    return
  }
  await makeDebian(docker, folder)
  await docker.docker('build', '--quiet', '--tag', BASE, folder)
  await docker.docker('build', '--quiet', '--network', 'host', '--target', 'npm', '--tag', NPM_STAGE, ROOT)
  await mkdir(CACHE, { recursive: true })
  const fresh = join(CACHE, `fresh-${process.pid}.tar`)
  await docker.docker('save', '--output', fresh, BASE, NPM_STAGE)
  const older = (await readdir(CACHE)).filter((name) => name.startsWith('image-base-'))
  for (const name of older) await rm(join(CACHE, name), { force: true })
  await rename(fresh, kept)
}

/** Debian's minimal system, as the image `bookworm`. */
async function makeDebian(docker: TestDocker, folder: string): Promise<void> {
  const root = join(folder, 'root')
  const mirror = (await listSources()).find((line) => line.endsWith(' bookworm main'))?.split(' ')[1]
  await run('debootstrap', '--variant=minbase', 'bookworm', root, ...(mirror === undefined ? [] : [mirror]))
  for (const path of NOT_SLIM) await rm(join(root, path), { recursive: true, force: true })
  await run('tar', '-C', root, '-cf', join(folder, 'root.tar'), '.')
  await rm(root, { recursive: true })
  await docker.docker('import', join(folder, 'root.tar'), 'bookworm')
  await rm(join(folder, 'root.tar'))
}

/**
 * Writes what makes `bookworm` the base on this machine: apt and npm in it fetch as they do here, and unpack as fast
 * as in Debian's own images. Answers a digest of what was written.
 */
async function writeSettings(folder: string): Promise<string> {
  const named = await run('npm', 'config', 'get', 'cafile')
  const registry = await run('npm', 'config', 'get', 'registry')
  const dumped = await run('apt-config', 'dump', '--format', '%F "%v";%n', 'Acquire')
  const acquire = dumped.split('\n').filter((line) => !line.endsWith(' "";'))
  const sources = await listSources()
  const caches = ['Dir::Cache::pkgcache "";', 'Dir::Cache::srcpkgcache "";']
  const files: Record<string, string> = {
    'etc/apt/apt.conf.d/99test': `${[...acquire, ...caches].join('\n')}\n`,
    'etc/dpkg/dpkg.cfg.d/test': 'force-unsafe-io\n',
    'root/.npmrc': `registry=${registry}\ncafile=${AUTHORITIES}\n`,
    [AUTHORITIES]: await readFile(named === 'null' ? '/etc/ssl/certs/ca-certificates.crt' : named, 'utf8'),
    ...(sources.length > 0 && { 'etc/apt/sources.list': `${sources.join('\n')}\n` }),
  }
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(folder, 'settings', dirname(path)), { recursive: true })
    await writeFile(join(folder, 'settings', path), text)
  }
  await writeFile(join(folder, 'Dockerfile'), 'FROM bookworm\nCOPY settings /\n')
  return createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 12)
}

/** Where this machine's apt finds bookworm, as lines of a sources.list; none where it is of another release. */
async function listSources(): Promise<string[]> {
  const format = ['--format', 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)', 'Created-By: Packages']
  const lines = (await run('apt-get', 'indextargets', ...format)).split('\n')
  return [...new Set(lines.filter((line) => / bookworm(-\S+)? main$/.test(line)))]
}
