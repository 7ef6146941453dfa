// Every kind of change the proof makes. A new kind is one more entry in one of these tables.
import { LISTENER_CHANGES } from './listener-changes.ts'
import { ROUTE_CHANGES } from './route-changes.ts'
import { SERVER_CHANGES } from './server-changes.ts'
import { SETTING_CHANGES } from './setting-changes.ts'

const KINDS = [...SERVER_CHANGES, ...ROUTE_CHANGES, ...SETTING_CHANGES, ...LISTENER_CHANGES]

/** What an operator does all day: HAProxy is to take it while it runs. */
export const DAILY = KINDS.filter(({ group }) => group === 'daily')

/** What needs a reload, or may. */
export const FORCED = KINDS.filter(({ group }) => group === 'forced')

/** Servers that come and go between two reloads. */
export const COMING_AND_GOING = SERVER_CHANGES
