// What may stand where the cursor is: commands, options, their words, and what the daemon knows by name.
import type { CertificateInfo, LoadBalancer } from '../../api/wire.ts'
import type { EntrySpec } from '../command-spec.ts'
import { isGroup, nameOf } from '../command-spec.ts'
import { type Position, spellings } from './find-position.ts'

/** One thing that may be typed, and what it is. */
export type Candidate = { readonly text: string; readonly about: string }

/** What the daemon knows; each is asked for only where it is needed. */
export type Known = {
  readonly list: () => Promise<readonly LoadBalancer[]>
  readonly get: (name: string) => Promise<LoadBalancer>
  readonly certificates: () => Promise<readonly CertificateInfo[]>
}

/** Everything that fits what is being typed. Nothing means: let the shell offer files. */
export async function findCandidates(position: Position, typed: string, known: Known): Promise<readonly Candidate[]> {
  const all = await findAll(position, typed, known)
  return all.filter(({ text }) => text.startsWith(typed))
}

async function findAll(position: Position, typed: string, known: Known): Promise<readonly Candidate[]> {
  const { option, options, entries, command, words } = position
  if (option) return option.words ? option.words.map(plain) : findKnown(option.completes, words[0], known)
  if (typed.startsWith('-')) {
    const visible = [...options, { flags: '-h, --help', help: 'print help' }]
    return visible.flatMap((one) =>
      spellings(one)
        .filter((text) => text.startsWith('--'))
        .map((text) => ({ text, about: one.help })),
    )
  }
  if (entries) return entries.filter(isVisible).map((entry) => ({ text: nameOf(entry), about: entry.summary }))
  const argument = argumentAt(command?.usage ?? '', words.length)
  if (argument === 'shell') return ['bash', 'zsh', 'fish'].map(plain)
  const kind = KINDS.find((one) => argument.startsWith(one.slice(0, -1)))
  const left = await findKnown(kind, words[0], known)
  return left.filter(({ text }) => !words.includes(text))
}

/** What arguments of these names stand for. */
const KINDS = ['names', 'targets', 'certificates', 'stored-certificates'] as const

async function findKnown(
  kind: (typeof KINDS)[number] | 'pools' | undefined,
  name: string | undefined,
  known: Known,
): Promise<Candidate[]> {
  if (kind === 'names') return (await known.list()).map(describe)
  if (kind === 'certificates') return (await known.certificates()).map(describeCertificate)
  if (kind === 'stored-certificates')
    return (await known.certificates()).filter(({ obtained }) => !obtained).map(describeCertificate)
  if (kind === undefined || name === undefined) return []
  const { spec, status } = await known.get(name)
  if (kind === 'pools') return Object.keys(spec.pools ?? {}).map(plain)
  return status.backends.map(({ target, health }) => ({ text: target, about: health }))
}

/** The name of the argument at an index; the last one may stand for all that follow. */
function argumentAt(usage: string, index: number): string {
  const names = usage.split(' ').slice(1)
  const name = names[index] ?? (names.at(-1)?.includes('...') ? names.at(-1) : undefined)
  return name?.replace(/[<>[\].]/g, '') ?? ''
}

function isVisible(entry: EntrySpec): boolean {
  return isGroup(entry) || entry.hidden !== true
}

function describe({ name, spec, status }: LoadBalancer): Candidate {
  return { text: name, about: `${spec.type ?? 'http'}, ${status.state}` }
}

function describeCertificate({ name, domains, obtained }: CertificateInfo): Candidate {
  return { text: name, about: obtained ? 'obtained' : domains.join(', ') }
}

function plain(text: string): Candidate {
  return { text, about: '' }
}
