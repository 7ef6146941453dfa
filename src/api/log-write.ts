// One log line for each write: who, what, with which result. Never a value: it could hold a secret.
import type { Logger } from '../io/log.ts'
import type { Answer } from './answer.ts'
import { isObject } from './merge-patch.ts'

export type LoggedWrite = {
  readonly name: string
  readonly action: 'create' | 'update' | 'delete' | 'none'
  readonly author: string
  readonly answer: Answer
  /** By performance.now(). */
  readonly startedAt: number
}

const DONE = { create: 'created', update: 'changed', delete: 'deleted', none: 'unchanged, as asked' } as const

/** Writes the line: `web-lb: changed by ann`, or refused and with which code, at which keys. */
export function logWrite(log: Logger, { name, action, author, answer, startedAt }: LoggedWrite): void {
  const body = isObject(answer.body) ? answer.body : {}
  const ms = Math.round(performance.now() - startedAt)
  if (answer.status < 400) {
    const version = body['version'] === undefined ? {} : { version: body['version'] }
    log.info({ ...version, ms }, `${name}: ${DONE[action]} by ${author}`)
    return
  }
  const details = Array.isArray(body['details']) ? body['details'] : []
  const paths = details.map((detail: { path: string }) => detail.path).filter((path) => path !== '')
  const stored = action === 'none' ? 'a change' : `${DONE[action]}, then set aside: a change`
  const where = paths.length > 0 ? { paths: paths.slice(0, 10) } : {}
  log.info({ status: answer.status, code: body['code'], ...where, ms }, `${name}: ${stored} by ${author} was refused`)
}
