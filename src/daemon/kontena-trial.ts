// A load balancer of Kontena's before it counts: its certificates become files, and HAProxy's word on its raw lines is heard.
import { createHash } from 'node:crypto'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createSecureContext } from 'node:tls'
import { parsePem } from '../certs/parse-pem.ts'
import { parseAlerts } from '../haproxy/alerts.ts'
import { runProgram } from '../haproxy/run-program.ts'
import { readTextFile, writeFileAtomic } from '../io/atomic-file.ts'
import { makeFolder } from '../io/make-folder.ts'
import { outcomeOf } from '../io/outcome.ts'
import { readBalancerSettings } from '../sources/kontena/balancer-settings.ts'
import { isCertificateVariable, readBundles } from '../sources/kontena/certificate-bundles.ts'
import type { BalancerTrial, KontenaBalancer, TryOut } from '../sources/kontena/kontena.ts'

/** A check of a few lines takes HAProxy some 20 ms. */
const CHECK_TIMEOUT_MS = 10_000

/** What a variable is worth a trial for. */
const TRIED = ['KONTENA_LB_CUSTOM_SETTINGS', 'KONTENA_LB_GLOBAL_SETTINGS', 'KONTENA_LB_SSL_CIPHERS', 'SYSLOG_TARGET']

/** Tries the variables of the load balancers of one source; what was tried is not tried again. */
export class BalancerTrials {
  readonly #folder: string
  readonly #binary: string
  readonly #known = new Map<string, Promise<BalancerTrial>>()
  #before: ReadonlySet<string> = new Set()

  /** The folder is this one's alone: texts of certificates that nobody has any more are removed from it. */
  constructor(folder: string, binary: string) {
    this.#folder = resolve(folder)
    this.#binary = binary
  }

  /** The load balancers with what came of them. */
  readonly tryOut: TryOut = async (balancers) => {
    const tried = await Promise.all(
      balancers.map(async (balancer) => ({ ...balancer, trial: await this.#tryOne(balancer) })),
    )
    const files = new Set(tried.flatMap(({ trial }) => trial.certificateFiles))
    // Those of before are let go of one turn later: somebody may be about to look at them.
    await outcomeOf(this.#prune(new Set([...files, ...this.#before])))
    this.#before = files
    return tried
  }

  #tryOne({ environment }: KontenaBalancer): Promise<BalancerTrial> {
    const ours = Object.entries(environment).filter(([name]) => isCertificateVariable(name) || TRIED.includes(name))
    const key = createHash('sha256').update(JSON.stringify(ours.sort())).digest('hex')
    const known = this.#known.get(key) ?? this.#tryAnew({ environment })
    this.#known.delete(key)
    this.#known.set(key, known)
    const [oldest] = this.#known.keys()
    if (this.#known.size > MOST_KNOWN && oldest !== undefined) this.#known.delete(oldest)
    return known
  }

  async #tryAnew(balancer: Pick<KontenaBalancer, 'environment'>): Promise<BalancerTrial> {
    const [certificates, refused] = await Promise.all([this.#keepCertificates(balancer), this.#tryLines(balancer)])
    return { ...certificates, refused }
  }

  /** Each that is good becomes a file. */
  async #keepCertificates({ environment }: Pick<KontenaBalancer, 'environment'>) {
    const [files, faults] = [new Set<string>(), [] as string[]]
    for (const { title, pem } of readBundles(environment)) {
      const parsed = await parsePem(pem)
      const text = parsed.ok ? parsed.value.map((one) => one.pem).join('') : ''
      const path = join(this.#folder, `${createHash('sha256').update(text).digest('hex')}.pem`)
      const kept = parsed.ok ? await outcomeOf(this.#keep(path, text)) : null
      if (kept?.ok) files.add(path)
      else faults.push(`${title} is left out: ${parsed.ok ? kept?.error.message : parsed.message}`)
    }
    return { certificateFiles: [...files], faults }
  }

  /** One that is there is not written again: whoever follows the file would take it for news. */
  async #keep(path: string, text: string): Promise<void> {
    await makeFolder(this.#folder, 0o700)
    if ((await readTextFile(path)) !== text) await writeFileAtomic(path, text, { mode: 0o600 })
  }

  async #prune(keep: ReadonlySet<string>): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      const path = join(this.#folder, name)
      if (name.endsWith('.pem') && !keep.has(path)) await rm(path, { force: true })
    }
  }

  async #tryLines({ environment }: Pick<KontenaBalancer, 'environment'>): Promise<BalancerTrial['refused']> {
    const { custom, globalLines, ciphers } = readBalancerSettings({ environment })
    const refused: Record<string, string> = {}
    for (const [prefix, lines] of [
      ['', custom.lines],
      ['tcp ', custom.lines],
      ['global ', globalLines],
    ] as const)
      for (const [line, reason] of await this.#sift(prefix, lines)) refused[`${prefix}${line}`] = reason
    const made = ciphers === null ? null : await outcomeOf(Promise.try(() => createSecureContext({ ciphers })))
    if (made?.ok === false) refused[`ciphers ${ciphers}`] = 'there is no such cipher'
    return refused
  }

  /** All together first: a line may need another one. Else each alone; where only together they are refused, all are. */
  async #sift(kind: Kind, lines: readonly string[]): Promise<readonly (readonly [string, string])[]> {
    const together = lines.length === 0 ? null : await this.#check(kind, lines)
    if (together === null) return []
    const each = await Promise.all(lines.map(async (line) => [line, await this.#check(kind, [line])] as const))
    const bad = each.flatMap(([line, reason]) => (reason === null ? [] : [[line, reason] as const]))
    if (bad.length === 0) return lines.map((line) => [line, together] as const)
    const good = lines.filter((line) => !bad.some(([one]) => one === line))
    return [...bad, ...(await this.#sift(kind, good))]
  }

  /** Null where HAProxy takes the lines, else its words. */
  async #check(kind: Kind, lines: readonly string[]): Promise<string | null> {
    await makeFolder(this.#folder, 0o700)
    const path = join(this.#folder, `trial-${trials++}.cfg`)
    const checked = await outcomeOf(
      writeFile(path, renderTrial(kind, lines), { mode: 0o600 }).then(() =>
        runProgram(this.#binary, ['-c', '-f', path], CHECK_TIMEOUT_MS),
      ),
    )
    await rm(path, { force: true })
    if (!checked.ok) return checked.error.message
    const { code, output } = checked.value
    if (code === 0) return null
    const said = parseAlerts(output)
      .map(({ text }) => text.replace(/^.*\.cfg:\d+\]\s*:?\s*/, '').replace(/ in '(?:backend|global)' section/, ''))
      .filter((text) => !/^Error\(s\) found/.test(text))
    return `HAProxy refuses it: ${[...new Set(said)].slice(0, 2).join('; ') || `it ended with ${code}`}`
  }
}

type Kind = '' | 'tcp ' | 'global '

const MOST_KNOWN = 100

let trials = 0

/** A configuration with nothing else in it. */
function renderTrial(kind: Kind, lines: readonly string[]): string {
  const inside = lines.map((line) => `  ${line}`)
  const body = [`  mode ${kind === 'tcp ' ? 'tcp' : 'http'}`, '  timeout server 1s', '  timeout connect 1s']
  const own = kind === 'global ' ? [] : inside
  return [
    ...['global', ...(kind === 'global ' ? inside : [])],
    ...['peers fairlead', '  bind unix@trial-peers.sock', '  server local'],
    // Without anybody who listens HAProxy has nothing to do, and says so.
    ...[
      'frontend listener',
      body[0],
      '  timeout client 1s',
      '  bind unix@trial.sock',
      'backend trial',
      ...body,
      ...own,
    ],
    '',
  ].join('\n')
}
