// The algorithms that can race: one line each.
import type { Algorithm } from '../model/config.ts'
import {
  type Ground,
  makeFirst,
  makeHash,
  makeLeastConnections,
  makeRandomOfTwo,
  makeRoundRobin,
  makeSource,
  type Picker,
} from './pickers.ts'

export type RacingAlgorithm = {
  readonly name: string
  readonly make: (ground: Ground) => Picker
  /** The resource's word for it; null where it is simulated only. */
  readonly inResource: Algorithm | null
}

export const RACING: readonly RacingAlgorithm[] = [
  { name: 'roundrobin', make: makeRoundRobin, inResource: 'roundrobin' },
  { name: 'leastconn', make: makeLeastConnections, inResource: 'leastconn' },
  { name: 'random', make: makeRandomOfTwo, inResource: 'random' },
  { name: 'source', make: makeSource, inResource: 'source' },
  { name: 'hash', make: makeHash, inResource: null },
  { name: 'first', make: makeFirst, inResource: null },
]
