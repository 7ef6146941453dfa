// completion: the script that makes a shell complete commands, names and targets.
import { findNearest } from '../../spec/nearest.ts'
import type { CommandSpec } from '../command-spec.ts'
import { formatScript, SHELLS } from '../completion/scripts.ts'
import { usageFailure } from '../refusal.ts'

export const completion: CommandSpec = {
  usage: 'completion <shell>',
  summary: 'Print the completion script of bash, zsh or fish',
  kind: 'plain',
  examples: [
    ['For this shell', 'source <(PROGRAM completion bash)'],
    ['For every bash', 'PROGRAM completion bash | sudo tee /etc/bash_completion.d/PROGRAM > /dev/null'],
    ['For every zsh', 'PROGRAM completion zsh | sudo tee /usr/local/share/zsh/site-functions/_PROGRAM > /dev/null'],
    ['For every fish', 'PROGRAM completion fish > ~/.config/fish/completions/PROGRAM.fish'],
  ],
  run: async (call) => {
    const [given = ''] = call.words
    const shell = SHELLS.find((one) => one === given)
    if (!shell) {
      const near = findNearest(given, SHELLS)
      throw usageFailure(`"${given}" is not one of ${SHELLS.join(', ')}${near ? `; did you mean ${near}?` : ''}`)
    }
    call.print(formatScript(shell, call.program))
    return 0
  },
}
