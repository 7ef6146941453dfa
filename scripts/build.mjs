// Makes what is shipped: the sources as a few files of JavaScript, which are read faster. Other people's packages stay as they are.
import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))

/** Where to: `dist`, or the folder that is named. */
const target = process.argv[2] ?? join(ROOT, 'dist')

await rm(target, { recursive: true, force: true })
await build({
  entryPoints: [join(ROOT, 'src/cli/main.ts')],
  // As deep as the sources lie: what they look for beside themselves is found the same way.
  outdir: join(target, 'cli'),
  bundle: true,
  // What a command does not need it does not read.
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  packages: 'external',
  logLevel: 'error',
})
