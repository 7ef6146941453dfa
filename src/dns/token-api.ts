// DNS providers whose API takes JSON and a bearer token: what they are given, and how they are spoken to.
import { ApiClient, type ApiManner } from './api-client.ts'
import type { AwaitText } from './record-store.ts'

/** What such a provider is given. */
export type TokenOptions = {
  readonly zones: readonly string[]
  readonly token: string
  /** Instead of the provider's own. */
  readonly endpoint?: string | undefined
  readonly awaitText: AwaitText
}

/** `manner` is what is the provider's own; nothing of the token is ever in a sentence. */
export function openTokenApi(
  { token, endpoint }: Pick<TokenOptions, 'token' | 'endpoint'>,
  manner: Pick<ApiManner, 'name' | 'base' | 'advice' | 'readRefusal'>,
): ApiClient {
  return new ApiClient({
    ...manner,
    base: (endpoint ?? manner.base).replace(/\/+$/, ''),
    headersFor: () => ({ authorization: `Bearer ${token}`, 'content-type': 'application/json' }),
    secrets: [token],
  })
}
