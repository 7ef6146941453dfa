// The whole program: every command under its heading.
import { Command } from 'commander'
import type { Section } from './command-spec.ts'
import { apply } from './commands/apply.ts'
import { cert } from './commands/cert/cert.ts'
import { makeComplete } from './commands/complete.ts'
import { completion } from './commands/completion.ts'
import { diff } from './commands/diff.ts'
import { dns } from './commands/dns/dns.ts'
import { down } from './commands/down.ts'
import { events } from './commands/events.ts'
import { explain } from './commands/explain.ts'
import { haproxy } from './commands/haproxy/haproxy.ts'
import { hashPassword } from './commands/hash-password.ts'
import { history } from './commands/history.ts'
import { importFiles } from './commands/import/import.ts'
import { lb } from './commands/lb/lb.ts'
import { logs } from './commands/logs.ts'
import { config } from './commands/node/config.ts'
import { doctor } from './commands/node/doctor.ts'
import { node } from './commands/node/node.ts'
import { up } from './commands/node/up.ts'
import { plan } from './commands/plan.ts'
import { prove } from './commands/prove.ts'
import { race } from './commands/race.ts'
import { rollback } from './commands/rollback.ts'
import { simulate } from './commands/simulate.ts'
import { top } from './commands/top.ts'
import { version } from './commands/version.ts'
import { addHiddenOptions, loadOptions, makeEntry, prepare, type Setting } from './make-command.ts'
import { readVersion } from './read-version.ts'

const SECTIONS: readonly Section[] = [
  {
    heading: 'Load balancers:',
    entries: [lb, cert, dns, hashPassword, apply, plan, diff, history, rollback, importFiles],
  },
  { heading: 'Watching:', entries: [top, logs, explain] },
  { heading: 'Daemon:', entries: [up, down, config, doctor, events, node, haproxy] },
  {
    heading: 'This program:',
    entries: [
      prove,
      simulate,
      race,
      version,
      completion,
      makeComplete(() => SECTIONS.flatMap(({ entries }) => entries)),
    ],
  },
]

/** The program as commander runs it; nothing is parsed yet. */
export function makeProgram(setting: Setting): Command {
  const program = new Command(setting.program)
  prepare(program, setting, [])
  program
    .description('Load balancing with HAProxy: describe what you want, and it is live in milliseconds.')
    .version(readVersion(), '-V, --version', 'print the version of this program')
    .hook('preSubcommand', (_, command) => loadOptions(command))
  addHiddenOptions(program)
  for (const { heading, entries } of SECTIONS) {
    for (const entry of entries) {
      const hidden = 'hidden' in entry && entry.hidden === true
      program.addCommand(makeEntry(entry, setting, []).helpGroup(heading), { hidden })
    }
  }
  return program.addHelpText('after', formatFirstSteps(setting.program))
}

function formatFirstSteps(program: string): string {
  return `
Examples:
  # Run the daemon with something to look at, and ask it
  ${program} up --demo
  curl localhost:8000

  # Balance two web servers on port 80
  ${program} lb create --name web-lb --target web-1:8080 --target web-2:8080

  # Any command explains itself
  ${program} lb backend add --help

Every command takes -o table|json|yaml where it prints, --no-color, and --state-dir DIR or --api URL to say which daemon.`
}
