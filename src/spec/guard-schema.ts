// The keys that say who may reach a pool: networks, users and passwords, as a user writes them.
import { z } from 'zod'
import { parseNetwork } from '../model/network.ts'
import type { Parsed } from '../model/parsed.ts'
import { parsePasswordHash, parseRealm, parseUserName } from '../model/password-hash.ts'
import { parseChangeableHeader, parseCookieName, parseFilePath } from '../model/text.ts'
import { TOKEN_ALGORITHMS } from '../model/token-key.ts'
import { parseClaim, parsePublicKey } from '../model/token-text.ts'
import { checkedText, integer, oneOf } from './fields.ts'

const networks = z
  .array(checkedText(parseNetwork, 'An address or a network (CIDR), IPv4 or IPv6', '10.0.0.0/8'))
  .min(1)
  .max(10_000)

/** A text of which nothing is said again in a refusal where something else stands in its place. */
function secretText(parse: (text: string) => Parsed<unknown>, what: string, description: string, example: string) {
  return z
    .string({ error: `is not ${what}` })
    .superRefine((text, context) => {
      const parsed = parse(text)
      if (!parsed.ok) context.addIssue({ code: 'custom', message: parsed.message })
    })
    .describe(description)
    .meta({ examples: [example] })
}

const claim = checkedText(parseClaim, 'Whom a token must be for', 'web')

/** The same alone, where a list may stand too. */
const oneClaim = secretText(parseClaim, 'an audience; write one, or a list of them', 'Whom a token must be for', 'web')

const users = z
  .record(
    checkedText(parseUserName, "A user's name", 'ann'),
    secretText(
      parsePasswordHash,
      'a hash; make one with `fairlead hash-password`, it begins with $6$',
      'crypt(3) hash of the password, as `fairlead hash-password` prints it',
      '$6$rounds=1000$…',
    ),
  )
  .refine((all) => Object.keys(all).length > 0, { error: 'names nobody; give at least one user' })
  .refine((all) => Object.keys(all).length <= MOST_USERS, { error: 'names too many; give at most 1000 users' })

const MOST_USERS = 1000

/** Keys of every pool. */
export const guardKeys = {
  access: z
    .strictObject({
      allow: networks.optional().describe('Only clients of these; everybody where it is left out'),
      deny: networks.optional().describe('No client of these, though it is allowed too'),
    })
    .optional()
    .describe('Who may connect, by address'),
  connections: z
    .strictObject({ perSource: integer(1, 1_000_000).optional().describe('What one address may have at once') })
    .optional()
    .describe('Limits how much one client has at once: connections of tcp, requests of http'),
  auth: z
    .strictObject({
      basic: z
        .strictObject({
          realm: checkedText(parseRealm, 'Shown beside the question for the password', 'Staff').optional(),
          users,
          forward: z.boolean().optional().describe('Whether servers get the Authorization header; false by default'),
        })
        .optional()
        .describe('A name and a password'),
      jwt: z
        .strictObject({
          algorithm: oneOf(TOKEN_ALGORITHMS)
            .optional()
            .describe('What the key is made for by default; HS must be said'),
          keyFile: checkedText(
            parseFilePath,
            'A file on the node: a public key (PEM), or the secret of HS',
            '/etc/ssl/token.pem',
          ).optional(),
          jwksFile: checkedText(parseFilePath, 'A file on the node: a JWKS document', '/etc/ssl/jwks.json').optional(),
          publicKey: checkedText(parsePublicKey, 'A public key (PEM)', '-----BEGIN PUBLIC KEY-----…').optional(),
          issuer: checkedText(parseClaim, 'The one issuer whose tokens are taken', 'https://id.example.com').optional(),
          audience: z
            .union([oneClaim, z.array(claim).min(1).max(8)])
            .optional()
            .describe('Whom a token must be for, or several of whom one is enough'),
          header: checkedText(
            parseChangeableHeader,
            'Where the token stands, Authorization by default',
            'X-Token',
          ).optional(),
          cookie: checkedText(parseCookieName, 'Instead of a header', 'token').optional(),
          forward: z.boolean().optional().describe('Whether servers get the token too; true by default'),
        })
        .optional()
        .describe('A signed token'),
    })
    .optional()
    .describe('What a client must prove'),
}

export type GuardSpec = { readonly [K in keyof typeof guardKeys]?: z.infer<(typeof guardKeys)[K]> }
