// Makes what is shipped: the sources as a few files of JavaScript, which a command reads in half the time. Other people's packages stay as they are.
import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))

/** Where to: `dist`, or the folder that is named. */
const target = process.argv[2] ?? join(ROOT, 'dist')

const sources = await rolldown({
  input: join(ROOT, 'src/cli/main.ts'),
  platform: 'node',
  external: (id) => !id.startsWith('.') && !id.startsWith('/'),
})
await rm(target, { recursive: true, force: true })
// As deep as the sources lie: what they look for beside themselves is found the same way.
await sources.write({ dir: join(target, 'cli'), format: 'esm' })
