// Runs a script in network and mount namespaces of its own: all ports are free there, and names are what the test says.
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What a namespaced script told: one JSON value a line. */
// biome-ignore lint/suspicious/noExplicitAny: facts are of every shape
export type Told = { readonly code: number | null; readonly facts: Record<string, any>; readonly errors: string }

/**
 * Runs a TypeScript file with these lines in /etc/hosts. It tells facts by `tell` of `facts.ts`. Needs root, or a
 * kernel that lets users make namespaces.
 */
export async function runInNamespace(script: string, hosts: Readonly<Record<string, string>>): Promise<Told> {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-namespace-'))
  const lines = Object.entries({ localhost: '127.0.0.1', ...hosts }).map(([name, address]) => `${address} ${name}\n`)
  await writeFile(join(folder, 'hosts'), lines.join(''))
  const setUp = 'ip link set lo up && mount --bind "$1" /etc/hosts && exec "$2" "$3"'
  const asUser = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']
  // The pid namespace ends every process of the script with it, whatever it left behind.
  const isolation = ['--net', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child']
  const child = spawn(
    'unshare',
    [...asUser, ...isolation, 'sh', '-c', setUp, 'sh', join(folder, 'hosts'), process.execPath, script],
    { env: { ...process.env, HOME: folder, FAIRLEAD_TEST_FOLDER: folder } },
  )
  let [out, errors] = ['', '']
  child.stdout.on('data', (piece: Buffer) => (out += piece.toString()))
  child.stderr.on('data', (piece: Buffer) => (errors += piece.toString()))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  await rm(folder, { recursive: true, force: true })
  const facts = Object.assign(
    {},
    ...out
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line)),
  )
  return { code, facts, errors: errors + out }
}

/** Called by the script: one fact, by name. */
export function tell(name: string, value: unknown): void {
  process.stdout.write(`${JSON.stringify({ [name]: value })}\n`)
}
