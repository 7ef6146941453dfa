// A Docker engine's containers as a source: what their labels ask for, at the addresses where we can reach them.
import { spawn } from 'node:child_process'
import { networkInterfaces } from 'node:os'
import type { Word } from '../../model/fragment.ts'
import { ChangeTeller } from './change-teller.ts'
import type { Container, FindAddress } from './container.ts'
import { DockerClient } from './docker-client.ts'
import { type DockerEndpoint, formatEndpoint } from './endpoint.ts'
import { addressFinder } from './find-address.ts'
import { readOwnIds } from './own-container.ts'
import { findSurroundings } from './surroundings.ts'
import { toWord } from './to-word.ts'
import type { Verdict, VerdictSource } from './verdict.ts'
import { type WatchOptions, watchContainers } from './watch-containers.ts'

export type DockerSourceOptions = Omit<WatchOptions, 'client'> & {
  readonly endpoint: DockerEndpoint
  /** Told of each change, for a person: what is published now. */
  readonly tellChange: (lines: readonly string[]) => void
  /** Reads the containers by rules that are not of labels. */
  readonly readOtherwise: ReadOtherwise
}

/** What containers say by other rules: their load balancers, and the verdicts with what became of each by these rules. */
export type ReadOtherwise = (
  containers: readonly Container[],
  findAddress: FindAddress,
) => Promise<{ readonly word: Word; readonly tell: (verdicts: readonly Verdict[]) => readonly Verdict[] }>

const SSH_MS = 5000

/** Follows the containers of one engine. */
export function dockerSource({ endpoint, tellChange, readOtherwise, ...options }: DockerSourceOptions): VerdictSource {
  let verdicts: readonly Verdict[] | null = null
  let word: Word = []
  const teller = new ChangeTeller(tellChange)
  return {
    kind: 'docker',
    title: `Docker at ${formatEndpoint(endpoint)}`,
    get verdicts() {
      return verdicts
    },
    async *watch(signal) {
      for await (const { containers, findAddress } of followContainers({ endpoint, ...options }, signal)) {
        const others = await readOtherwise(containers, findAddress)
        ;({ word, verdicts } = toWord(containers, findAddress, word))
        verdicts = others.tell(verdicts)
        teller.take(verdicts)
        yield [...word, ...others.word]
      }
    },
  }
}

/** All containers of an engine whenever something of them changes, and how to find their addresses at that moment. */
export async function* followContainers(
  { endpoint, ...options }: Omit<DockerSourceOptions, 'tellChange' | 'readOtherwise'>,
  signal: AbortSignal,
): AsyncGenerator<{ readonly containers: readonly Container[]; readonly findAddress: FindAddress }> {
  const [ownIds, sshHost] = [await readOwnIds(), await readSshHost(endpoint)]
  const client = new DockerClient(endpoint)
  for await (const { containers, networks, peer } of watchContainers({ client, ...options }, signal)) {
    const evidence = { endpoint, ownIds, sshHost, peer, addresses: readAddresses() }
    const surroundings = findSurroundings(evidence, containers)
    yield { containers, findAddress: addressFinder({ surroundings, containers, networks }) }
  }
}

function readAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address))
}

/** What ssh makes of a host, which may be an alias in its configuration; null where it cannot be asked. */
function readSshHost(endpoint: DockerEndpoint): Promise<string | null> {
  if (endpoint.kind !== 'ssh') return Promise.resolve(null)
  return new Promise((resolve) => {
    const child = spawn('ssh', ['-G', '--', endpoint.host], { stdio: ['ignore', 'pipe', 'ignore'], timeout: SSH_MS })
    let said = ''
    child.stdout.on('data', (piece: Buffer) => (said += piece.toString()))
    child.on('error', () => resolve(null))
    child.on('close', () => resolve(/^hostname (\S+)$/m.exec(said)?.[1] ?? null))
  })
}
