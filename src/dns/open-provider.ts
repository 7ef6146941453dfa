// Providers from their settings. Secrets are read when they are needed, so that one that was replaced is taken at once.
import { readTextFile } from '../io/atomic-file.ts'
import { outcomeOf } from '../io/outcome.ts'
import { awaitText } from './authoritative.ts'
import { createCloudflareProvider } from './cloudflare.ts'
import { createDigitalOceanProvider } from './digitalocean.ts'
import { DnsFailure } from './dns-failure.ts'
import { type DnsKind, type DnsSetting, parseServer } from './dns-setting.ts'
import { createHetznerProvider } from './hetzner.ts'
import { createPowerDnsProvider } from './powerdns.ts'
import type { DnsProvider } from './provider.ts'
import { createRfc2136Provider } from './rfc2136/rfc2136-provider.ts'
import { readTsigKey } from './rfc2136/tsig-key.ts'
import { createRoute53Provider } from './route53/route53.ts'

type Setting = Pick<DnsSetting, 'zones' | 'options'>

/** A provider for as long as `secret` is what it is made with. */
type Made = { readonly secret: string; readonly make: () => DnsProvider }

const untilTold = (name: string, value: string, signal: AbortSignal) => awaitText(name, value, {}, signal)

const MAKERS: Readonly<Record<DnsKind, (setting: Setting) => Promise<Made>>> = {
  rfc2136: makeRfc2136,
  route53: makeRoute53,
  cloudflare: withToken(({ zones, options }, token) =>
    createCloudflareProvider({ zones, token, endpoint: options['endpoint'], awaitText: untilTold }),
  ),
  digitalocean: withToken(({ zones, options }, token) =>
    createDigitalOceanProvider({ zones, token, endpoint: options['endpoint'], awaitText: untilTold }),
  ),
  hetzner: withToken(({ zones, options }, token) =>
    createHetznerProvider({ zones, token, endpoint: options['endpoint'], awaitText: untilTold }),
  ),
  powerdns: withToken(({ zones, options: { url = '', 'server-id': serverId } }, apiKey) =>
    createPowerDnsProvider({ zones, url, apiKey, serverId, awaitText: untilTold }),
  ),
}

/** Nothing is read before one of its methods is called. What a provider keeps, it keeps until its secret is another. */
export function openProvider({ kind, ...setting }: DnsSetting): DnsProvider {
  let known: { readonly secret: string; readonly provider: DnsProvider } | null = null
  const opened = async (): Promise<DnsProvider> => {
    const { secret, make } = await MAKERS[kind](setting)
    if (known?.secret !== secret) known = { secret, provider: make() }
    return known.provider
  }
  const where = setting.options['server'] ?? setting.options['url'] ?? setting.options['endpoint']
  return {
    title: where === undefined ? kind : `${kind} at ${where}`,
    zones: setting.zones,
    read: async (...asked) => (await opened()).read(...asked),
    put: async (...asked) => (await opened()).put(...asked),
    remove: async (...asked) => (await opened()).remove(...asked),
    addText: async (...asked) => (await opened()).addText(...asked),
    removeText: async (...asked) => (await opened()).removeText(...asked),
  }
}

function withToken(make: (setting: Setting, token: string) => DnsProvider) {
  return async (setting: Setting): Promise<Made> => {
    const token = await readSecret(setting.options['token-file'] ?? '')
    return { secret: token, make: () => make(setting, token) }
  }
}

async function makeRfc2136({ zones, options }: Setting): Promise<Made> {
  const server = parseServer(options['server'] ?? '')
  if (!server.ok) throw new DnsFailure('dns-refused', server.message)
  const path = options['key-file']
  const file = path === undefined ? null : await readTsigKey(path)
  const name = options['key-name'] ?? file?.name
  if (file && !name)
    throw new DnsFailure('dns-credentials', `${path} does not say the key's name; add key-name=NAME to --dns`)
  const port = options['name-server-port']
  const make = () =>
    createRfc2136Provider({
      server: server.value,
      zones,
      key: file && name ? { ...file, name } : null,
      ...(port === undefined ? {} : { nameServerPort: Number(port) }),
    })
  return { secret: file ? `${name} ${file.algorithm} ${file.secret.export().toString('base64')}` : '', make }
}

/** As AWS's own tools keep it: `aws_access_key_id = …` a line. */
async function makeRoute53({ zones, options }: Setting): Promise<Made> {
  const path = options['credentials-file'] ?? ''
  const text = await readSecret(path)
  const find = (key: string) => new RegExp(`^\\s*${key}\\s*=\\s*(\\S+)\\s*$`, 'm').exec(text)?.[1]
  const [accessKeyId, secretAccessKey] = [find('aws_access_key_id'), find('aws_secret_access_key')]
  if (!accessKeyId || !secretAccessKey)
    throw new DnsFailure(
      'dns-credentials',
      `${path} lacks aws_access_key_id or aws_secret_access_key; write each as KEY = VALUE`,
    )
  const sessionToken = find('aws_session_token')
  const { region, endpoint } = options
  const keys = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
  return {
    secret: text,
    make: () => createRoute53Provider({ ...keys, zones, region, endpoint, awaitText: untilTold }),
  }
}

async function readSecret(path: string): Promise<string> {
  const read = await outcomeOf(readTextFile(path))
  const text = read.ok ? read.value?.trim() : undefined
  if (text) return text
  const why = read.ok ? (read.value === undefined ? 'there is no such file' : 'it is empty') : read.error.message
  throw new DnsFailure('dns-credentials', `the secret in ${path} cannot be used: ${why}`)
}
