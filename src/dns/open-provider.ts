// Providers from their settings. Secrets are read when they are needed, so that one that was replaced is taken at once.

import { DnsFailure } from './dns-failure.ts'
import { type DnsKind, type DnsSetting, parseServer } from './dns-setting.ts'
import type { DnsProvider } from './provider.ts'
import { createRfc2136Provider } from './rfc2136/rfc2136-provider.ts'
import { readTsigKey } from './rfc2136/tsig-key.ts'

type Options = Pick<DnsSetting, 'zones' | 'options'>

const OPENERS: Partial<Record<DnsKind, (setting: Options) => Promise<DnsProvider>>> = {
  rfc2136: async ({ zones, options }) => {
    const server = parseServer(options['server'] ?? '')
    if (!server.ok) throw new DnsFailure('dns-refused', server.message)
    const path = options['key-file']
    const file = path === undefined ? null : await readTsigKey(path)
    const name = options['key-name'] ?? file?.name
    if (file && !name)
      throw new DnsFailure('dns-credentials', `${path} does not say the key's name; add key-name=NAME to --dns`)
    const port = options['name-server-port']
    return createRfc2136Provider({
      server: server.value,
      zones,
      key: file && name ? { ...file, name } : null,
      ...(port === undefined ? {} : { nameServerPort: Number(port) }),
    })
  },
}

/** Nothing is read before one of its methods is called. */
export function openProvider({ kind, zones, options }: DnsSetting): DnsProvider {
  const opened = async (): Promise<DnsProvider> => {
    const open = OPENERS[kind]
    if (!open) throw new DnsFailure('dns-refused', `${kind} is not there`)
    return open({ zones, options })
  }
  const where = options['server'] ?? options['url'] ?? options['endpoint']
  return {
    title: where === undefined ? kind : `${kind} at ${where}`,
    zones,
    read: async (...asked) => (await opened()).read(...asked),
    put: async (...asked) => (await opened()).put(...asked),
    remove: async (...asked) => (await opened()).remove(...asked),
    addText: async (...asked) => (await opened()).addText(...asked),
    removeText: async (...asked) => (await opened()).removeText(...asked),
  }
}
