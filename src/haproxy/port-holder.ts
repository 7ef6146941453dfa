// Who listens on a port of this machine: the name a person needs to go and stop it.
import { readdir, readlink } from 'node:fs/promises'
import { basename } from 'node:path'
import { readTextFile } from '../io/atomic-file.ts'
import { outcomeOf } from '../io/outcome.ts'

const LISTENING = '0A'

/** "nginx (pid 812)", or undefined where it cannot be told (another user's process, not Linux). */
export async function findPortHolder(port: number): Promise<string | undefined> {
  const inodes = new Set(
    (await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readInodes(file, port)))).flat(),
  )
  if (inodes.size === 0) return undefined
  for (const pid of (await listFolder('/proc')).filter((name) => /^\d+$/.test(name))) {
    if (await holdsOne(pid, inodes)) return `${await readProgramName(pid)} (pid ${pid})`
  }
  return undefined
}

/** The program's own name; the kernel's is cut at 15 characters, and some runtimes overwrite it. */
async function readProgramName(pid: string): Promise<string> {
  const [program = ''] = ((await readTextFile(`/proc/${pid}/cmdline`)) ?? '').split('\0')
  return basename(program.split(' ')[0] ?? '') || 'a process'
}

async function readInodes(file: string, port: number): Promise<string[]> {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  return ((await readTextFile(file)) ?? '').split('\n').flatMap((line) => {
    const words = line.trim().split(/\s+/)
    return words[1]?.endsWith(`:${hex}`) && words[3] === LISTENING ? [`socket:[${words[9]}]`] : []
  })
}

async function holdsOne(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  for (const name of await listFolder(`/proc/${pid}/fd`)) {
    const link = await outcomeOf(readlink(`/proc/${pid}/fd/${name}`))
    if (link.ok && inodes.has(link.value)) return true
  }
  return false
}

async function listFolder(path: string): Promise<string[]> {
  const names = await outcomeOf(readdir(path))
  return names.ok ? names.value : []
}
