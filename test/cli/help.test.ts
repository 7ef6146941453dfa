// Help: every command explains itself, and its examples are command lines the program takes.
import { describe, expect, test } from 'vitest'
import { runCommand, splitWords } from './run-command.ts'

const GROUPS = [
  'lb',
  'lb backend',
  'lb route',
  'lb health-check',
  'lb sticky',
  'lb rate-limit',
  'lb tls',
  'cert',
  'node',
  'haproxy',
  'import',
  'dns',
]

/** The commands a help text lists, with their one-line descriptions. */
function listCommands(help: string): [name: string, about: string][] {
  const lines = help.split('\nExamples:')[0]?.matchAll(/^ {2}([a-z][-a-z]*)(?: [<[].*?)? {2,}(\S.*)$/gm) ?? []
  return [...lines].map(([, name = '', about = '']) => [name, about])
}

async function findCommands(): Promise<string[]> {
  const found: string[] = []
  for (const group of ['', ...GROUPS]) {
    const { out } = await runCommand(`${group} --help`)
    found.push(...listCommands(out).map(([name]) => `${group} ${name}`.trim()))
  }
  return found.filter((name) => !GROUPS.includes(name))
}

const commands = await findCommands()

test('there are as many commands as we know of', () => {
  expect(commands).toHaveLength(64)
})

test('what serves completion is not shown', async () => {
  const { out } = await runCommand('--help')
  for (const name of ['__complete']) expect(out).not.toMatch(new RegExp(`^  ${name}\\b`, 'm'))
})

describe('every command', () => {
  for (const name of commands) {
    test(`${name} has a description and examples`, async () => {
      const { exitCode, out, err } = await runCommand(`${name} --help`)
      expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' })
      expect(out).toMatch(new RegExp(`^Usage: fairlead ${name}\\b`))
      expect(out.split('\n')[2]).toMatch(/^[A-Z].*\.$/)
      expect(out).toMatch(/\nExamples:\n {2}# .+\n {2}.*fairlead /)
      for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(140)
    })
  }
})

test('examples are understood', async () => {
  for (const name of commands) {
    const { out } = await runCommand(`${name} --help`)
    const examples = out.split('\nExamples:')[1] ?? ''
    for (const [, line = ''] of examples.matchAll(/^ {2}(?!#).*?\bfairlead ([^|>)&]*)/gm)) {
      // Help goes first: the line is parsed as far as its command and nothing is carried out.
      const words = splitWords(line)
      const known = words.findIndex((word) => word.startsWith('-') || /[^-a-z]/.test(word))
      const { exitCode } = await runCommand([...words.slice(0, known < 0 ? undefined : known), '--help'])
      expect(exitCode, line).toBe(0)
    }
  }
})

test('help is found in every way people ask for it', async () => {
  const [plain, flag, word] = await Promise.all(['', '--help', 'help'].map((line) => runCommand(line)))
  expect(plain).toEqual(flag)
  expect(word).toEqual(flag)
  expect(await runCommand('help lb create')).toEqual(await runCommand('lb create -h'))
  expect(await runCommand('lb')).toEqual(await runCommand('lb --help'))
  expect((await runCommand('-V')).out).toMatch(/^\d+\.\d+\.\d+\n$/)
})

test('up, config and doctor take every daemon setting', async () => {
  for (const name of ['up', 'config', 'doctor']) {
    const { out } = await runCommand(`${name} --help`)
    for (const flag of [
      'state-dir',
      'api',
      'config',
      'source',
      'haproxy',
      'node',
      'vpc',
      'demo',
      'acme-directory',
      'acme-email',
      'acme-ca',
      'acme-eab',
    ]) {
      expect(out).toContain(`--${flag}`)
    }
  }
})

test('help fits the terminal', async () => {
  const { out } = await runCommand('lb health-check set --help', { columns: 70 })
  const options = out.split('\nExamples:')[0] ?? ''
  for (const line of options.split('\n')) expect(line.length).toBeLessThanOrEqual(70)
})
