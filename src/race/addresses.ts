// Where the race takes place: on loopback, each client from an address of its own, so that `source` can tell them apart.

/** Where servers and listeners are. */
export const LOOPBACK = '127.0.0.1'

/** The address of a client, from 127.1.0.1 on; Linux has all of 127.0.0.0/8 without asking. */
export function addressOf(client: number): string {
  const number = client + 1
  return `127.1.${Math.floor(number / 256)}.${number % 256}`
}
