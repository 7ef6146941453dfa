// What became of each container: served where, with which labels, or what keeps it out.
import type { Source } from '../source.ts'
import type { IgnoredLabel, TakenLabel } from './offer.ts'

/** One service of a container. */
export type ServiceVerdict = {
  /** Of `lb.<name>.publish`; null: the one without a name. */
  readonly service: string | null
  /** `waiting`: in the list of servers, and takes no traffic for now. */
  readonly state: 'serving' | 'waiting' | 'out'
  /** What keeps it out or waiting; null where it serves. */
  readonly because: string | null
  readonly loadBalancer: string | null
  /** Where clients reach it: `http port 80, host app.example.com, path /api`; null where its labels do not say. */
  readonly publishes: string | null
  /** Where its traffic goes, and over which Docker network. */
  readonly target: string | null
  readonly network: string | null
  readonly taken: readonly TakenLabel[]
  readonly ignored: readonly IgnoredLabel[]
  /** What should be known though it serves. */
  readonly remarks: readonly string[]
}

/** One container. */
export type Verdict = {
  /** All 64 digits. */
  readonly id: string
  readonly name: string
  readonly image: string
  /** As Docker says: running, exited, … */
  readonly state: string
  readonly health: string
  /** Why none of its services is looked at; null where some are. */
  readonly because: string | null
  readonly services: readonly ServiceVerdict[]
}

/** A source that also tells what became of each container. */
export type VerdictSource = Source & {
  /** The newest, by container name; null until the source has spoken. */
  readonly verdicts: readonly Verdict[] | null
}

/** Whether a source is one of these. */
export function isVerdictSource(source: Source): source is VerdictSource {
  return 'verdicts' in source
}
