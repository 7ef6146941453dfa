// Where a daemon is found: its unix socket where that can be used, else an address, with a key.
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { readTextFile } from '../io/atomic-file.ts'
import { Failure } from '../io/failure.ts'
import { outcomeOf } from '../io/outcome.ts'
import { shortSocketFolder } from '../io/short-socket-path.ts'

/** What a user said about the daemon to talk to. */
export type ConnectionChoice = {
  readonly stateDir?: string | undefined
  /** URL or host:port. */
  readonly api?: string | undefined
  readonly apiKey?: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
}

/** The way to one daemon, and what to tell a person when nobody answers there. */
export type Connection = {
  /** Where requests go: a socket's path, or a URL. */
  readonly to: { readonly socketPath: string } | { readonly url: URL }
  readonly key: string | null
  /** Where the key came from: a variable's name or a file's path. */
  readonly keyFrom: string | null
  /** "looked for a socket at /x/api.sock (not there)", for the sentence of a failure. */
  readonly tried: readonly string[]
  readonly stateDir: string
  /** True where the user named this state directory: hints repeat it. */
  readonly stateDirGiven: boolean
}

const DEFAULT_API = 'http://127.0.0.1:8080'

const KEY_VARIABLES = ['FAIRLEAD_API_KEY', 'AGENTMETAL_API_KEY', 'API_KEY'] as const

/**
 * What was said wins over what is found: an address of the command line, the socket of a state directory of the
 * command line, FAIRLEAD_API, then the socket of the usual state directory, then the usual address. A socket needs no
 * key. Failure `invalid` for an address that is none.
 */
export async function findConnection(choice: ConnectionChoice): Promise<Connection> {
  const stateDir = choice.stateDir ?? choice.env['FAIRLEAD_STATE_DIR'] ?? defaultStateDir(choice.env)
  const stateDirGiven = stateDir !== defaultStateDir(choice.env)
  const base = { stateDir, stateDirGiven, tried: [] as readonly string[] }
  // What the daemon is told with it: its socket is the only way, and no other program's port is to be asked.
  const isSocketOnly = choice.env['FAIRLEAD_API'] === 'none'
  const variable = isSocketOnly ? undefined : choice.env['FAIRLEAD_API']
  const address = choice.api ?? (choice.stateDir === undefined ? variable : undefined)
  if (address) return { ...base, to: { url: parseAddress(address) }, ...(await findKey(choice, stateDir)) }

  const socketPath = join(await shortSocketFolder(stateDir), 'api.sock')
  const usable = await outcomeOf(access(socketPath, constants.W_OK))
  if (usable.ok || isSocketOnly) return { ...base, to: { socketPath }, key: null, keyFrom: null }
  const tried = [`${socketPath} ${usable.error.code === 'EACCES' ? 'belongs to another user' : 'is not there'}`]
  const url = parseAddress(variable || DEFAULT_API)
  return { ...base, tried, to: { url }, ...(await findKey(choice, stateDir)) }
}

/** `/var/lib/fairlead` for root, else `$XDG_STATE_HOME/fairlead`, which is ~/.local/state/fairlead where unset. */
function defaultStateDir(env: ConnectionChoice['env']): string {
  if (process.getuid?.() === 0) return '/var/lib/fairlead'
  const base = env['XDG_STATE_HOME']?.startsWith('/') ? env['XDG_STATE_HOME'] : join(homedir(), '.local', 'state')
  return join(base, 'fairlead')
}

async function findKey(choice: ConnectionChoice, stateDir: string): Promise<Pick<Connection, 'key' | 'keyFrom'>> {
  if (choice.apiKey !== undefined) return { key: choice.apiKey, keyFrom: 'the key file of the command line' }
  for (const variable of KEY_VARIABLES) {
    const key = choice.env[variable]?.trim()
    if (key) return { key, keyFrom: variable }
  }
  const path = join(stateDir, 'api-key')
  const read = await outcomeOf(readTextFile(path))
  const key = read.ok ? read.value?.trim() : undefined
  return key ? { key, keyFrom: path } : { key: null, keyFrom: null }
}

/** A URL, host:port, or what `up --api` takes beside them: a port alone, `:port` for every address. */
function parseAddress(text: string): URL {
  const [, port] = /^:?(\d{1,5})$/.exec(text) ?? []
  const address = port === undefined ? text : `127.0.0.1:${port}`
  const url = URL.parse(/^[a-z]+:\/\//i.test(address) ? address : `http://${address}`)
  if (url && (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== '') return url
  throw new Failure('invalid', `"${text}" is not the address of an API; write a URL such as ${DEFAULT_API}`)
}
