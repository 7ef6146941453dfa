// What a CA offers (RFC 8555 section 7.1.1): where to send what, its terms, its profiles.
import { z } from 'zod'

const SECURE_URL = z.string().max(2000).startsWith('https://')

/** What a user is told to go and read; no more than that is done with it. Pebble has a `data:` URL there. */
const PAGE = z
  .string()
  .regex(/^[!-~]{1,500}$/)
  .or(z.string().transform(() => 'them at the CA'))
  .optional()
  .catch(undefined)

export const DIRECTORY = z.object({
  newNonce: SECURE_URL,
  newAccount: SECURE_URL,
  newOrder: SECURE_URL,
  revokeCert: SECURE_URL,
  renewalInfo: SECURE_URL.optional().catch(undefined),
  meta: z
    .object({
      termsOfService: PAGE,
      externalAccountRequired: z.boolean().catch(false),
      profiles: z.record(z.string(), z.unknown()).optional().catch(undefined),
    })
    .catch({ externalAccountRequired: false }),
})

export type Directory = z.infer<typeof DIRECTORY>

/** The URL of something of ours at a CA. */
export const RESOURCE_URL = SECURE_URL
