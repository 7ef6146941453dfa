// ACME_CHALLENGE_<token>: what an ACME server asks for to see that a name is ours.

/** Where they are asked for. */
export const CHALLENGE_PATH = '/.well-known/acme-challenge'

const PREFIX = 'ACME_CHALLENGE_'

/** The answer by token (RFC 8555, section 8.1: letters, digits, - and _, a dot between token and thumbprint). */
export function readChallenges(
  environment: Readonly<Record<string, string>>,
  remarks: string[],
): ReadonlyMap<string, string> {
  const challenges = new Map<string, string>()
  for (const name of Object.keys(environment).sort()) {
    const [token, value = ''] = [name.slice(PREFIX.length), environment[name]?.trim()]
    if (!name.startsWith(PREFIX)) continue
    if (/^[A-Za-z0-9_-]{1,200}$/.test(token) && /^[A-Za-z0-9_.-]{1,400}$/.test(value)) challenges.set(token, value)
    else
      remarks.push(
        `${PREFIX}… has a token or a value with other characters than letters, digits, '-', '_' and '.', or none; it is left out`,
      )
  }
  return challenges
}

/** The lines of the pool that answers. */
export function renderChallenges(challenges: ReadonlyMap<string, string>): string[] {
  const answers = [...challenges].map(
    ([token, value]) =>
      `http-request return status 200 content-type text/plain string "${value}" if METH_GET { path ${CHALLENGE_PATH}/${token} }`,
  )
  return [...answers, 'http-request return status 404 content-type text/plain string "There is no such challenge."']
}
