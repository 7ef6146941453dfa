// Whether the certificates a fragment's domains need are there yet: until then it serves http, and sends nobody to https.
import { formatSource, type KnownCertificates } from '../model/certificate.ts'
import type { Fragment, Word } from '../model/fragment.ts'

/** The word as it can serve with what has been obtained. The same comes out as the same object. */
export function withObtained(word: Word, known: KnownCertificates): Word {
  return word.some(isWaiting) ? word.map((fragment) => toServing(fragment, known)) : word
}

function isWaiting(fragment: Word[number]): fragment is Fragment & { readonly meanwhile: object } {
  return !('broken' in fragment) && fragment.meanwhile !== undefined
}

const MEANWHILE = new WeakMap<Fragment, Fragment>()

function toServing(fragment: Word[number], known: KnownCertificates): Word[number] {
  if (!isWaiting(fragment) || isObtained(fragment, known)) return fragment
  const made = MEANWHILE.get(fragment) ?? { ...fragment, ...fragment.meanwhile }
  MEANWHILE.set(fragment, made)
  return made
}

function isObtained({ certificates = [] }: Fragment, known: KnownCertificates): boolean {
  return certificates.every(
    ({ source }) => source.kind !== 'domain' || (known.get(formatSource(source))?.keys.length ?? 0) > 0,
  )
}
