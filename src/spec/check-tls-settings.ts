// What of the named TLS settings and of hsts contradicts itself, and what hsts comes to.
import { DEFAULT_HSTS_AGE, type Hsts, LEAST_PRELOAD_SECONDS, parseMaxAge } from '../model/hsts.ts'
import type { SpecProblem } from './parse-resource.ts'
import type { TlsSpec } from './schema.ts'

/** What is wrong with them. */
export function checkTlsSettings(tls: TlsSpec): SpecProblem[] {
  const { settings, minVersion, ciphers } = tls
  const isModern = settings === 'modern'
  return [
    ...(isModern && minVersion === '1.2'
      ? [refuse('minVersion', 'is 1.2 beside settings modern, which speaks TLS 1.3 alone; leave one of the two out')]
      : []),
    ...(isModern && ciphers !== undefined
      ? [refuse('ciphers', 'is of TLS 1.2, which settings modern does not speak; leave one of the two out')]
      : []),
    ...checkHsts(readHsts(tls)),
  ]
}

/** What browsers are told; null: nothing. */
export function readHsts(tls: TlsSpec | undefined): Hsts | null {
  const { hsts } = tls ?? {}
  if (hsts === undefined || hsts === false) return null
  const { maxAge = DEFAULT_HSTS_AGE, includeSubDomains = false, preload = false } = hsts === true ? {} : hsts
  const age = parseMaxAge(maxAge)
  return { maxAgeSeconds: age.ok ? age.value : 0, includeSubDomains, preload }
}

/** Who asks for a place on the lists and does not get it would wonder why. */
function checkHsts(hsts: Hsts | null): SpecProblem[] {
  if (!hsts?.preload || (hsts.includeSubDomains && hsts.maxAgeSeconds >= LEAST_PRELOAD_SECONDS)) return []
  const message =
    'needs includeSubDomains: true and a maxAge of 365d or more, or no list takes the name; give both, or leave it out'
  return [refuse('hsts.preload', message)]
}

function refuse(key: string, message: string): SpecProblem {
  return { path: `spec.tls.${key}`, message }
}
