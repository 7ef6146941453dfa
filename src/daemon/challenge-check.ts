// Whether a CA would find us: each domain's addresses are asked as it does, on port 80, before it does.
import { randomBytes } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { readAccountKey } from '../certs/acme/account-key.ts'
import { readTextFile } from '../io/atomic-file.ts'
import { outcomeOf } from '../io/outcome.ts'
import { CHALLENGE_MAP } from '../render/haproxy/rows.ts'
import type { Finding } from './doctor-findings.ts'

const TIMEOUT_MS = 5000

/** More domains than these are not asked one by one. */
const MOST_DOMAINS = 20

/** Longer than any right answer. */
const LONGEST_ANSWER = 1000

/** One finding for each domain whose challenges HAProxy answers now; `port` is where a CA comes to, 80. */
export async function examineChallenges(stateDir: string, port = 80): Promise<Finding[]> {
  const [map, key] = await Promise.all([
    outcomeOf(readTextFile(join(stateDir, 'haproxy', 'current', CHALLENGE_MAP))),
    outcomeOf(readTextFile(join(stateDir, 'acme-account.key'))),
  ])
  const domains = (map.ok ? (map.value ?? '') : '').split('\n').flatMap((row) => row.split(' ')[0] || [])
  const account = key.ok && key.value !== undefined ? await outcomeOf(readAccountKey(key.value)) : null
  if (!account?.ok || domains.length === 0) return []
  const { thumbprint } = account.value
  return Promise.all(domains.slice(0, MOST_DOMAINS).map((domain) => examineDomain(domain, thumbprint, port)))
}

async function examineDomain(domain: string, thumbprint: string, port: number): Promise<Finding> {
  const check = `domain ${domain}`
  const found = await outcomeOf(lookup(domain, { all: true }))
  if (!found.ok) {
    const advice = 'give it an A or AAAA record that leads here; without one no CA issues a certificate by http-01'
    return { check, ok: 'warning', found: `does not resolve (${found.error.code})`, advice }
  }
  const addresses = [...new Set(found.value.map(({ address }) => address))]
  const answers = await Promise.all(
    addresses.map(async (address) => ({ address, trouble: await findTrouble(address, domain, thumbprint, port) })),
  )
  const bad = answers.filter(({ trouble }) => trouble !== null)
  if (bad.length === 0) return { check, ok: true, found: `a CA would be answered at ${addresses.join(', ')}` }
  const told = bad.map(({ address, trouble }) => `${address} ${trouble}`).join('; ')
  const advice = `correct the A and AAAA records of ${domain}, or open port ${port} to the world there`
  return { check, ok: 'warning', found: `a CA would not be answered: ${told}`, advice }
}

/** What is wrong with the answer at an address; null: it is ours. */
async function findTrouble(address: string, domain: string, thumbprint: string, port: number): Promise<string | null> {
  const token = randomBytes(32).toString('base64url')
  const path = `/.well-known/acme-challenge/${token}`
  const answer = await outcomeOf(ask({ host: address, port, path, headers: { host: domain } }))
  if (!answer.ok) return `on port ${port}: ${answer.error.message}`
  const { status, text } = answer.value
  if (text === `${token}.${thumbprint}`) return null
  if (text.startsWith(`${token}.`)) return 'is answered by another node, for another ACME account'
  return `answers with status ${status}, and not as this node does`
}

type Question = {
  readonly host: string
  readonly port: number
  readonly path: string
  readonly headers: { readonly host: string }
}

function ask(question: Question): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ ...question, timeout: TIMEOUT_MS, agent: false }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (piece: string) => {
        text += piece
        if (text.length > LONGEST_ANSWER) answer.destroy()
      })
      answer.on('close', () => resolve({ status: answer.statusCode ?? 0, text: text.trimEnd() }))
    })
    sent.on('timeout', () => sent.destroy(new Error(`no answer in ${TIMEOUT_MS / 1000} s`)))
    sent.on('error', reject).end()
  })
}
