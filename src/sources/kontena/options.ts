// The options of a balanced service by name: which there are, for which mode each counts, and how a user knows it.
import { quoted } from '../../model/parsed.ts'
import { findNearest } from '../../spec/nearest.ts'
import type { Findings } from './findings.ts'
import type { KontenaService } from './kontena.ts'

/** Every option, and the mode in which it counts. */
const OPTIONS = {
  mode: 'both',
  internal_port: 'both',
  balance: 'both',
  external_port: 'tcp',
  virtual_hosts: 'http',
  virtual_path: 'http',
  keep_virtual_path: 'http',
  path_match: 'http',
  cookie: 'http',
  basic_auth_secrets: 'http',
  https_redirect: 'http',
  fallback: 'http',
  send_proxy: 'both',
  custom_settings: 'both',
  health_check_uri: 'both',
  health_check_port: 'both',
} as const

export type OptionName = keyof typeof OPTIONS

/** The options that are set and count. */
export type SetOptions = { readonly get: (name: OptionName) => string | undefined }

/** How a user knows an option: `KONTENA_LB_BALANCE`, `health_check uri`. */
export function formatOption(name: string): string {
  return name.startsWith('health_check_')
    ? `health_check ${name.slice('health_check_'.length)}`
    : `KONTENA_LB_${name.toUpperCase()}`
}

/** Reads them; what is set in vain is told. An empty option counts as not set, but for the cookie, of which it is a short form. */
export function readOptions({ mode, options }: KontenaService, { remarks }: Findings): SetOptions {
  const found = new Map<OptionName, string>()
  for (const [name, text] of Object.entries(options)) {
    const remark = isOption(name) ? findVain(name, text, mode) : describeUnknown(name)
    if (remark !== null) remarks.push(remark)
    else if (isOption(name)) found.set(name, text)
  }
  return found
}

function isOption(name: string): name is OptionName {
  return Object.hasOwn(OPTIONS, name)
}

function findVain(name: OptionName, text: string, mode: KontenaService['mode']): string | null {
  const counts = OPTIONS[name]
  if (counts !== 'both' && counts !== mode)
    return `${formatOption(name)} counts only with KONTENA_LB_MODE=${counts}; leave it out`
  if (text.trim() === '' && name !== 'cookie')
    return `${formatOption(name)} is empty and counts as not set; give it a value, or leave it out`
  return null
}

/** Others may have options of their own there; only what looks like a slip is told. */
function describeUnknown(name: string): string | null {
  const near = findNearest(name, Object.keys(OPTIONS))
  if (near === undefined) return null
  return `there is no ${quoted(formatOption(name))}; did you mean ${formatOption(near)}?`
}

/** The items of a list with commas. */
export function splitList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}
