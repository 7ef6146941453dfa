// The program: runs one command line on the real terminal and ends with its exit code.
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
