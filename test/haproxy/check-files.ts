// Shows rendered files to the real HAProxy, in a folder laid out like a generation's.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeSelfSigned } from '../../src/certs/self-signed.ts'
import { runProgram } from '../../src/haproxy/run-program.ts'
import type { RenderedFile } from '../../src/render/files.ts'
import { HAPROXY } from '../render/settings.ts'

/** What HAProxy says of a configuration: its alerts and warnings, nothing where it is content. */
export type Verdict = { readonly isValid: boolean; readonly complaints: readonly string[]; readonly output: string }

const OWN: readonly File[] = [{ path: 'state/servers', content: '1\n' }]

type File = Pick<RenderedFile, 'path' | 'content' | 'link'>

/** Writes the files and the empty state file where HAProxy looks for them; what a link leads to is a certificate like any other. */
export function writeGeneration(folder: string, files: readonly File[]): void {
  const { certificate, key } = makeSelfSigned('linked.test')
  for (const name of ['config', 'maps', 'certs', 'state']) mkdirSync(join(folder, name), { recursive: true })
  for (const { path, content, link } of [...OWN, ...files])
    writeFileSync(join(folder, path), link === undefined ? content : certificate + key)
}

/** Runs `haproxy -c` over the files; the folder is gone afterwards. */
export async function checkFiles(files: readonly File[]): Promise<Verdict> {
  const folder = mkdtempSync(join(tmpdir(), 'fl-check-'))
  try {
    writeGeneration(folder, files)
    const { code, output } = await runProgram(HAPROXY, ['-c', '-C', folder, '-f', 'config'], 60_000)
    const complaints = output.split('\n').filter((line) => /^\[(ALERT|WARNING)\]/.test(line))
    return { isValid: code === 0, complaints: complaints.map((line) => line.replace(/ \(\d+\)/, '')), output }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
