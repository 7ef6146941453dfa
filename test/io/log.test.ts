// What a person and a program read in the log, and what neither ever does.
import { expect, test } from 'vitest'
import { Failure } from '../../src/io/failure.ts'
import { createLogger, type LogFormat, type LogLevel } from '../../src/io/log.ts'

function capture(format: LogFormat, { isTTY = false, level = 'info' as LogLevel } = {}) {
  const lines: string[] = []
  const stream = { isTTY, write: (line: string) => lines.push(line) }
  const logger = createLogger({ format, level, stream })
  const read = () => lines.map((line) => line.replace(/\d\d:\d\d:\d\d/, '12:03:04')).join('')
  return { logger, read, lines }
}

test('a person reads one clean line', () => {
  const { logger, read } = capture('text')
  logger.info('web-lb: live in 8 ms, no reload')
  logger.warn({ limit: 256, advice: 'raise it' }, 'few files')
  logger.debug('not at this level')
  expect(read()).toBe(
    '12:03:04 web-lb: live in 8 ms, no reload\n12:03:04 warning: few files (limit=256 advice=raise it)\n',
  )
})

test('programs read JSON with the time and the level by name', () => {
  const { logger, lines } = capture('auto')
  logger.child({ node: 'a' }).error('x')
  expect(JSON.parse(lines[0] ?? '')).toEqual({ level: 'error', time: expect.any(String), node: 'a', msg: 'x' })
})

test('auto means text on a terminal', () => {
  const { logger, read } = capture('auto', { isTTY: true })
  logger.info('hello')
  expect(read()).toBe('12:03:04 hello\n')
})

test('a failure is its sentence, a bug also its place', () => {
  const { logger, lines } = capture('text')
  logger.error({ err: new Failure('x', 'the disk is full') }, 'web-lb: kept as it was')
  logger.error({ err: new TypeError('a bug') }, 'died')
  expect(lines[0]).toMatch(/error: web-lb: kept as it was: the disk is full\n$/)
  expect(lines[1]).toMatch(/error: died: a bug\n {4}at .*log\.test\.ts/)
})

test.each(['text', 'json'] as const)('secrets stay out of %s lines, at any depth', (format) => {
  const { logger, read } = capture(format)
  const secrets = {
    apiKey: 's3cret',
    headers: [{ Authorization: 'Bearer s3cret' }],
    nested: { a: { token: 's3cret' } },
  }
  logger.info({ ...secrets, user: 'jane' }, 'x')
  logger.child({ password: 's3cret' }).info('y')
  expect(read()).not.toContain('s3cret')
  expect(read()).toContain('jane')
})

test('a text of others cannot forge a line or move the cursor', () => {
  const { logger, read } = capture('text')
  logger.info({ path: '/a\r\n12:00:00 forged' }, 'name \u001b[2J\n12:00:00 forged')
  expect(read().split('\n')).toHaveLength(2)
  expect(read()).not.toContain('\u001b')
})
