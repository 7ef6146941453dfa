// What `haproxy -c` says: whose line it refuses, in its own words.
import { basename } from 'node:path'
import type { RenderedFile } from '../render/files.ts'

/** One alert; `owner` is read from the file's name, null where HAProxy names no file of a load balancer. */
export type Alert = {
  readonly owner: string | null
  readonly file: string | null
  readonly line: number | null
  readonly text: string
}

/** Lines that only sum up what others have said. */
const SUMMARIES =
  /^(Error\(s\) found in configuration file|Fatal errors found in configuration|config : Fatal|Fatal error)/

/** Reads the alerts of a check; warnings and notices are left out. */
export function parseAlerts(output: string, files: readonly RenderedFile[] = []): Alert[] {
  return output.split('\n').flatMap((said) => {
    const text = /^\[ALERT\]\s+\(\d+\) : (?:config : )?(.*)$/.exec(said)?.[1]
    if (text === undefined || SUMMARIES.test(text)) return []
    const place = /\[([^\]\s]+\.cfg):(\d+)\]\s*:?\s*/.exec(text)
    const file = place ? basename(place[1] ?? '') : null
    const line = place ? Number(place[2]) : null
    const owner = findFileOwner(file, line, files) ?? findProxyOwner(text)
    return [
      {
        owner,
        file,
        line,
        text: text
          .replace(/^parsing /, '')
          .replace(place?.[0] ?? '', '')
          .trim(),
      },
    ]
  })
}

function findFileOwner(file: string | null, line: number | null, files: readonly RenderedFile[]): string | null {
  if (file === null) return null
  const shared = files.find(({ path, sections }) => sections !== undefined && basename(path) === file)
  if (shared?.sections) return shared.sections.findLast((section) => section.line <= (line ?? 0))?.owner ?? null
  return /^50-(.*)\.cfg$/.exec(file)?.[1] ?? null
}

/** Cross-reference errors name no file but the proxy: "backend 'be_web-lb.main'". */
function findProxyOwner(text: string): string | null {
  return /'?(?:be|rl)_([a-z0-9-]+)(?:\.[^'\s]*)?'?/.exec(text)?.[1] ?? null
}
