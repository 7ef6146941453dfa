// What a service's labels say, key by key, before it is looked at as a whole.
import { type Json, withValue } from './json.ts'
import type { Place } from './label-keys.ts'
import type { Setting } from './short-forms.ts'

export type Settings = Readonly<Record<Place, Json>> & {
  /** First steps of the paths somebody spoke of: no default is filled in there. */
  readonly touched: ReadonlySet<string>
}

export const NO_SETTINGS: Settings = { spec: {}, route: {}, server: {}, service: {}, labels: {}, touched: new Set() }

/** With one more thing said. */
export function withSetting(settings: Settings, { place, path, value }: Setting): Settings {
  const own = place === 'labels' ? path.slice(1) : path
  const touched = new Set([...settings.touched, path[0] ?? ''])
  return { ...settings, [place]: withValue(settings[place], own, value), touched }
}
