// haproxy config: the configuration in force, file by file.
import type { ConfigurationFile } from '../../../api/client.ts'
import type { CommandSpec } from '../../command-spec.ts'
import { type Display, paint } from '../../format/display.ts'

export const haproxyConfig: CommandSpec = {
  usage: 'config',
  summary: 'Print the HAProxy configuration in force, secrets blanked',
  kind: 'read',
  examples: [
    ['All of it', 'PROGRAM haproxy config'],
    ['Only the names of its files', "PROGRAM haproxy config -o json | jq -r '.[].path'"],
  ],
  run: async (call) => {
    const files = await (await call.client()).configuration()
    await call.show(files, (display) => formatFiles(display, files))
    return 0
  },
}

/** The heading is a comment, so that what is printed stays a configuration. */
function formatFiles(display: Display, files: readonly ConfigurationFile[]): string {
  return files
    .map(({ path, content }) => `${paint(display, 'bold', `# ==> ${path}`)}\n${content.trimEnd()}\n`)
    .join('\n')
}
