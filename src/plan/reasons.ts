// What of a change no running process can take over: each difference as one named reason for a reload.
import { type Config, type Listener, listenersOf } from '../model/config.ts'
import type { Reason } from './action.ts'
import { findChangedKeys } from './changed-keys.ts'
import type { Desired, Running } from './running.ts'

/** Every difference of the process and its listeners, in a stable order; empty when there is none. */
export function findReasons(running: Running, desired: Desired): Reason[] {
  if (running.processDigest === '')
    return [{ code: 'unknown-configuration', owner: null, text: 'what HAProxy was told before is not known' }]
  const settings: Reason[] =
    running.processDigest === desired.processDigest
      ? []
      : [{ code: 'process-settings', owner: null, text: 'process-wide settings changed' }]
  return [...settings, ...compareListeners(running.config, desired.config)]
}

function compareListeners(before: Config, after: Config): Reason[] {
  if (before.listeners === after.listeners) return []
  const removed = listenersOf(before)
    .filter(({ id }) => !after.listeners.has(id))
    .map((listener) => toReason('listener-removed', listener, `removed listener ${listener.id}`))
  const rest = listenersOf(after).flatMap((listener) => {
    const earlier = before.listeners.get(listener.id)
    return earlier
      ? compareListener(earlier, listener)
      : [toReason('listener-added', listener, `new listener ${listener.id}`)]
  })
  return [...removed, ...rest]
}

function compareListener(before: Listener, after: Listener): Reason[] {
  if (before === after) return []
  const changes = findChangedKeys(withoutWhich(before), withoutWhich(after), [
    'mode',
    'timeouts',
    'tls',
    'sni',
    'acceptProxy',
    'monitorUri',
    'switches',
    'detours',
  ])
  const { id, wildcardLabels } = after
  const depth = `wildcards of ${wildcardLabels} labels on listener ${id}, ${before.wildcardLabels} until now`
  return [
    ...(changes.length > 0
      ? [toReason('listener-changed', after, `changed listener ${id} (${changes.join(', ')})`)]
      : []),
    ...(wildcardLabels > before.wildcardLabels ? [toReason('route-depth', after, depth)] : []),
  ]
}

/** Which certificate answers by default can change while HAProxy runs; whether one does cannot. */
function withoutWhich(listener: Listener): Listener {
  const { tls } = listener
  if (!tls) return listener
  return { ...listener, tls: { ...tls, ...(tls.default && { default: ANY }) } }
}

const ANY = { owner: null, digest: '', fingerprint: '', names: [], notAfter: '' }

function toReason(code: Reason['code'], listener: Listener, text: string): Reason {
  return { code, owner: listener.owner, text }
}
