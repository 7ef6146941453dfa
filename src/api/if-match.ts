// If-Match: which version a writer believes to be changing.
import { type Answer, type Answerable, endWith, ready, refuse } from './answer.ts'

/** What a writer expects to find: anything at all, some version, or one of these. */
export type Precondition = { readonly any: true } | { readonly exists: true } | { readonly versions: readonly number[] }

/** Reads `3`, `"3"`, `W/"3"`, a list of them, or `*`; undefined where the header is missing. */
export function parseIfMatch(header: string | undefined): Answerable<Precondition> {
  if (header === undefined) return ready({ any: true })
  if (header.trim() === '*') return ready({ exists: true })
  const versions = header.split(',').map((part) => /^(?:W\/)?"?(\d{1,15})"?$/.exec(part.trim())?.[1])
  if (versions.every((version) => version !== undefined)) return ready({ versions: versions.map(Number) })
  const sentence = `If-Match is ${JSON.stringify(header.slice(0, 60))}; send the version you read (its ETag), for example "3", or *`
  return endWith(refuse(422, 'invalid', sentence, [{ path: 'If-Match', message: 'is not a version' }]))
}

/** The refusal where what stands is not what the writer expects; undefined where it is. `version` is null where nothing stands. */
export function checkPrecondition(name: string, version: number | null, expected: Precondition): Answer | undefined {
  if ('any' in expected) return undefined
  const conflict = (sentence: string) => refuse(409, 'version_conflict', sentence)
  if (version === null)
    return conflict(`there is no ${name} that If-Match could match; leave If-Match out to create it`)
  if ('exists' in expected || expected.versions.includes(version)) return undefined
  const given = expected.versions.join(', ')
  return conflict(`${name} is at version ${version}, not ${given}; read it again and repeat the change on that`)
}
