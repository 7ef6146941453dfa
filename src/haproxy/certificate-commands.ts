// Certificates of the running worker: changed by its socket, and read back.
import { Failure } from '../io/failure.ts'
import type { Certificate } from '../model/certificate.ts'
import type { Action } from '../plan/action.ts'
import {
  formatAuthorityPath,
  formatCertificateListPath,
  formatCertificatePath,
  formatDefaultPath,
  renderCertificateLine,
} from '../render/haproxy/tls.ts'

/** The socket as far as certificates need it: one command, which may hold a payload, and its answer. */
export type Ask = (command: string) => Promise<string>

/** The PEM text behind a digest. */
export type PemOf = (digest: string) => Promise<string>

type CertificateAction = Extract<
  Action,
  {
    kind:
      | 'add-certificate'
      | 'replace-certificate'
      | 'remove-certificate'
      | 'remove-stray-certificate'
      | 'set-default-certificate'
  }
>

/** A step: what is said, how a good answer begins a line, and what undoes what came before it. */
export type Step = { readonly command: string; readonly good: RegExp; readonly undo?: string }

/** Whether an action is about a certificate. */
export function isCertificateAction(action: Action): action is CertificateAction {
  return action.kind.endsWith('-certificate')
}

/** Whether nobody may be sent anywhere before it is done; the others wait until nobody is. */
export function isComing({ kind }: CertificateAction): boolean {
  return kind !== 'remove-certificate' && kind !== 'remove-stray-certificate'
}

/** The steps of an action; `pem` is the content, which removals need none of, and `authorities` that of the CAs of clients. */
export function formatCertificateSteps(action: CertificateAction, pem: string, authorities = ''): Step[] {
  if (action.kind === 'remove-stray-certificate') return takeOut(action.listener, action.path)
  if (action.kind === 'set-default-certificate') return setContent('cert', formatDefaultPath(action.listener), pem)
  const { certificate } = action
  const file = formatCertificatePath(certificate)
  const list = formatCertificateListPath(certificate.listener)
  if (action.kind === 'remove-certificate')
    return [
      ...takeOut(certificate.listener, file),
      ...(certificate.clients
        ? [
            {
              command: `del ssl ca-file ${formatAuthorityPath(certificate)}`,
              good: /deleted|does(n't| not) exist/,
            },
          ]
        : []),
    ]
  const content = [
    ...(certificate.clients ? setAuthorities(formatAuthorityPath(certificate), authorities) : []),
    ...setContent('cert', file, pem),
  ]
  if (action.kind === 'replace-certificate') return content
  return [
    // What somebody took off the list by hand may still be there.
    { command: `new ssl cert ${file}`, good: /^(New empty certificate store|Certificate .* already exists)/m },
    ...content,
    {
      // With a payload, the line may name the names it is served for.
      command: `add ssl crt-list ${list} <<\n${renderCertificateLine(certificate)}\n`,
      good: /^Success!|already exists in this crt-list/m,
    },
  ]
}

/** Before the certificate that asks for them: a line of a list may name only what is there. */
function setAuthorities(file: string, pem: string): Step[] {
  return [{ command: `new ssl ca-file ${file}`, good: /^New CA file created/m }, ...setContent('ca-file', file, pem)]
}

function setContent(kind: 'cert' | 'ca-file', file: string, pem: string): Step[] {
  const undo = `abort ssl ${kind} ${file}`
  // A payload ends at the first empty line.
  const payload = pem.replace(/\n+/g, '\n').trim()
  return [
    { command: `set ssl ${kind} ${file} <<\n${payload}\n`, good: /^[Tt]ransaction (created|updated) for/m, undo },
    { command: `commit ssl ${kind} ${file}`, good: /^Success!/m, undo },
  ]
}

/** What is gone already is no reason to stop. */
function takeOut(listener: string, file: string): Step[] {
  return [
    {
      command: `del ssl crt-list ${formatCertificateListPath(listener)} ${file}`,
      good: /deleted in crtlist|does(n't| not) exist/,
    },
    { command: `del ssl cert ${file}`, good: /^Certificate .* deleted!|does(n't| not) exist/m },
  ]
}

/** What it takes to carry it out: removals need nothing. */
function digestsFor(action: CertificateAction): string[] {
  if (action.kind === 'set-default-certificate') return [action.chosen.digest]
  return 'certificate' in action && isComing(action) ? digestsOf(action.certificate) : []
}

function digestsOf({ digest, clients }: Certificate): string[] {
  return clients ? [digest, clients.authority.digest] : [digest]
}

/** Carries out the certificate actions of a plan, in order. Failure `runtime-refused` with HAProxy's words; a transaction it leaves open is aborted. */
export async function changeCertificates(actions: readonly CertificateAction[], ask: Ask, pemOf: PemOf): Promise<void> {
  for (const action of actions) {
    const texts = await Promise.all(digestsFor(action).map(pemOf))
    const steps = formatCertificateSteps(action, texts[0] ?? '', texts[1])
    for (const { command, good, undo } of steps) {
      const answer = await ask(command)
      if (good.test(answer)) continue
      if (undo !== undefined) await ask(undo)
      // Not the whole command: a payload holds the key.
      const said = answer
        .trim()
        .split('\n')
        .filter((line) => line !== '')
        .join('; ')
      throw new Failure('runtime-refused', `HAProxy refused "${command.split(' <<')[0]}": ${said}`)
    }
  }
}
