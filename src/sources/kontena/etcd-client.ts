// What the source needs of an etcd, whichever API it is asked by.
import { Failure } from '../../io/failure.ts'
import type { EtcdChange } from './etcd-tree.ts'

/** The whole tree at one moment. */
export type EtcdReading = {
  readonly tree: Map<string, string>
  /** Changes after it follow from here. */
  readonly index: string
}

/**
 * Follows the keys below one prefix. Failures: those of EtcdWire, `etcd-forbidden` (user or password is wrong, or may
 * not read), `etcd-refused` (any other answer), `etcd-ended` (a watch was closed).
 */
export type EtcdClient = {
  /** For a person, without secrets. */
  readonly title: string
  /** Connects to the next host. */
  readonly open: (signal: AbortSignal) => Promise<void>
  /** A tree that is not there is empty. */
  readonly read: (signal: AbortSignal) => Promise<EtcdReading>
  /** Hands on what changes after `index`, what changed at once together; ends when everything is to be read again. */
  readonly follow: (index: string, take: (changes: readonly EtcdChange[]) => void, signal: AbortSignal) => Promise<void>
  /** Makes an empty tree, where the API has such a thing. */
  readonly create: (signal: AbortSignal) => Promise<void>
  readonly close: () => void
}

/** An answer nobody expects, in one sentence; `word` is what etcd said of it. */
export function refusal(title: string, status: number, word: string | null): Failure {
  const says = `${status}${word ? ` (${word.slice(0, 300)})` : ''}`
  if (status === 401 || status === 403 || /permission denied|authentication failed|user name is empty/.test(word ?? ''))
    return new Failure(
      'etcd-forbidden',
      `etcd at ${title} does not let us in: ${says}; give user and password of one who may read there, by ETCD_USER and ETCD_PASSWORD`,
    )
  return new Failure('etcd-refused', `etcd at ${title} answered ${says}`)
}

/** Something else than etcd's words. */
export function garbled(title: string): Failure {
  return new Failure('etcd-garbled', `etcd at ${title} answered with something else than it was asked for`)
}

/** JSON of the other side. Rejects with a SyntaxError. */
export async function parseJson(text: string): Promise<unknown> {
  return JSON.parse(text)
}
