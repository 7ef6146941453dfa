// Lines of a backend that say how its servers are checked.
import type { HealthCheckSpec } from '../../spec/schema.ts'

/** The check with what the line says; null where it says nothing of checks, or nothing that can be taken. */
export function readCheckLine(words: readonly string[], before: HealthCheckSpec): HealthCheckSpec | null {
  const [keyword, first = '', ...rest] = words
  if (keyword === 'option') return readOption(first, rest, before)
  if (keyword !== 'http-check' || before.type !== 'http') return null
  if (first === 'send') return readSend(rest, before)
  if (first === 'expect') return readExpect(rest, before)
  return null
}

type Method = NonNullable<HealthCheckSpec['method']>

function readOption(option: string, rest: readonly string[], before: HealthCheckSpec): HealthCheckSpec | null {
  const { interval, timeout, rise, fall, port } = before
  const rhythm = Object.fromEntries(
    Object.entries({ interval, timeout, rise, fall, port }).filter(([, value]) => value !== undefined),
  )
  switch (option) {
    case 'httpchk': {
      const [method = 'OPTIONS', path = '/'] = rest.length === 1 ? ['OPTIONS', rest[0]] : rest
      const host = /[Hh]ost:\s*([^\s\\]+)/.exec(rest.slice(2).join(' '))?.[1]
      return { ...rhythm, type: 'http', ...toMethod(method), path, ...(host === undefined ? {} : { host }) }
    }
    case 'redis-check':
      return { ...rhythm, type: 'redis' }
    case 'smtpchk':
      return { ...rhythm, type: 'smtp' }
    case 'pgsql-check':
    case 'mysql-check':
      return {
        ...rhythm,
        type: option === 'mysql-check' ? 'mysql' : 'postgres',
        user: rest[rest.indexOf('user') + 1] ?? '',
      }
    default:
      return null
  }
}

function toMethod(method: string): { method?: Method } {
  return method === 'HEAD' || method === 'OPTIONS' || method === 'POST' ? { method } : {}
}

function readSend(words: readonly string[], before: HealthCheckSpec): HealthCheckSpec {
  const after = (word: string) => (words.includes(word) ? words[words.indexOf(word) + 1] : undefined)
  const [method, path] = [after('meth'), after('uri')]
  const host = /hdr\s+[Hh]ost\s+(\S+)/.exec(words.join(' '))?.[1]
  const { method: _old, ...rest } = before
  return {
    ...(method === undefined ? before : { ...rest, ...toMethod(method) }),
    ...(path === undefined ? {} : { path }),
    ...(host === undefined ? {} : { host }),
  }
}

function readExpect(words: readonly string[], before: HealthCheckSpec): HealthCheckSpec | null {
  const [kind, value = ''] = words
  if (kind === 'status') return { ...before, status: value }
  if (kind === 'string') return { ...before, body: value }
  return kind === 'rstring' ? { ...before, bodyRegex: value } : null
}
