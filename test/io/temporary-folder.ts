// A folder of a test's own, gone when the test is.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** Makes an empty folder; removed with everything in it when the test ends. */
export function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'fl-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}
