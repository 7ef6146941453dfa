// What names are called within their zone, as some providers want them.
import { normalizeName } from './wire/names.ts'

/** `app` of `app.example.com` in `example.com`; `@` of the zone itself. */
export function nameInZone(name: string, zone: string): string {
  return name === zone ? '@' : name.slice(0, -zone.length - 1)
}

/** The other way round. */
export function nameOutOfZone(name: string, zone: string): string {
  return name === '@' || name === '' ? zone : `${normalizeName(name)}.${zone}`
}
