// The program: runs one command line on the real terminal and ends with its exit code.
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

// From sources, taking the types out of every file is most of the time a short command needs: keep what was compiled.
if (import.meta.url.endsWith('.ts')) {
  enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/fairlead', import.meta.url)))
}

const words = process.argv.slice(2)
if (words[0] === 'serve-static') {
  // A command of the daemon's own: files must be served again at once, so nothing else is loaded.
  const { serveStatic } = await import('../static-files/serve.ts')
  process.exit(await serveStatic(words.slice(1)))
}
const { runCli } = await import('./run-cli.ts')
const { openTerminal } = await import('./terminal.ts')
const exitCode = await runCli(words, openTerminal())
process.stdout.write('', () => process.exit(exitCode))
