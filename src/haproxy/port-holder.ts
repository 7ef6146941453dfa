// Who listens on a port of this machine: the name a person needs to go and stop it.
import { readdir, readlink } from 'node:fs/promises'
import { endianness } from 'node:os'
import { basename } from 'node:path'
import { readTextFile } from '../io/atomic-file.ts'
import { outcomeOf } from '../io/outcome.ts'
import { canonicalAddress } from '../model/text.ts'

const LISTENING = '0A'

/** A socket that listens. `inode` is as a process's open files name it. */
export type Listening = { readonly address: string; readonly inode: string }

/** Every socket that listens on a port of this machine, on whatever address. */
export async function findListening(port: number): Promise<Listening[]> {
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].map(async (file) => (await readTextFile(file)) ?? '')
  return (await Promise.all(tables)).flatMap((table) => parseListening(table, port))
}

/** "nginx (pid 812)", or undefined where it cannot be told (another user's process, not Linux). */
export async function findPortHolder(port: number): Promise<string | undefined> {
  return findHolder(await findListening(port))
}

/** The same of sockets that are known. */
export async function findHolder(listening: readonly Listening[]): Promise<string | undefined> {
  const inodes = new Set(listening.map(({ inode }) => inode))
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

/** The rows of `/proc/net/tcp` or `tcp6` that listen on a port. */
export function parseListening(table: string, port: number): Listening[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  return table.split('\n').flatMap((line) => {
    const words = line.trim().split(/\s+/)
    const [address = '', at] = words[1]?.split(':') ?? []
    return at === hex && words[3] === LISTENING
      ? [{ address: parseAddress(address), inode: `socket:[${words[9]}]` }]
      : []
  })
}

/** The kernel writes an address as words of 32 bits, each in the order of this machine's bytes. */
function parseAddress(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => {
    const inOrder = word.match(/../g) ?? []
    return endianness() === 'LE' ? inOrder.reverse() : inOrder
  })
  if (bytes.length === 4) return bytes.map((byte) => Number.parseInt(byte, 16)).join('.')
  return canonicalAddress((bytes.join('').match(/.{4}/g) ?? []).join(':'))
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
