// What `haproxy -c` says: whose line it refuses, in its own words.
import { basename } from 'node:path'

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
export function parseAlerts(output: string): Alert[] {
  return output.split('\n').flatMap((line) => {
    const text = /^\[ALERT\]\s+\(\d+\) : (?:config : )?(.*)$/.exec(line)?.[1]
    if (text === undefined || SUMMARIES.test(text)) return []
    const place = /\[([^\]\s]+\.cfg):(\d+)\]\s*:?\s*/.exec(text)
    const file = place ? basename(place[1] ?? '') : null
    const owner = (file === null ? null : /^50-(.*)\.cfg$/.exec(file)?.[1]) ?? findProxyOwner(text)
    return [
      {
        owner,
        file,
        line: place ? Number(place[2]) : null,
        text: text
          .replace(/^parsing /, '')
          .replace(place?.[0] ?? '', '')
          .trim(),
      },
    ]
  })
}

/** Cross-reference errors name no file but the proxy: "backend 'be_web-lb.main'". */
function findProxyOwner(text: string): string | null {
  return /'?(?:be|rl)_([a-z0-9-]+)(?:\.[^'\s]*)?'?/.exec(text)?.[1] ?? null
}
