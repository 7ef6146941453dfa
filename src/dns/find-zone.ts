// The zone a name is in, of those that were given.
import { quoted } from '../model/parsed.ts'
import { DnsFailure } from './dns-failure.ts'
import { isWithin } from './wire/names.ts'

/** The longest of these zones that has the name, or undefined. */
export function findZone(name: string, zones: readonly string[]): string | undefined {
  return zones.filter((zone) => isWithin(name, zone)).sort((a, b) => b.length - a.length)[0]
}

/** The same; `dns-zone` where none has it. */
export function zoneOf(name: string, zones: readonly string[]): string {
  const zone = findZone(name, zones)
  if (zone !== undefined) return zone
  throw new DnsFailure(
    'dns-zone',
    `${quoted(name)} lies in none of the zones given (${zones.join(', ') || 'none'}); give its zone too, or correct the name`,
  )
}
