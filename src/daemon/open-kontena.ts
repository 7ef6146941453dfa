// The source `--source kontena=etcd://…`, with the variables that Kontena gives its load balancer's container.
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { Failure } from '../io/failure.ts'
import type { Logger } from '../io/log.ts'
import { type EtcdEnvironment, findEtcd } from '../sources/kontena/etcd-address.ts'
import { EtcdMemory } from '../sources/kontena/etcd-memory.ts'
import { etcdSource } from '../sources/kontena/etcd-source.ts'
import { prefixOf } from '../sources/kontena/etcd-tree.ts'
import { Etcd2Client } from '../sources/kontena/etcd2-client.ts'
import { Etcd3Client } from '../sources/kontena/etcd3-client.ts'
import type { TryOut } from '../sources/kontena/kontena.ts'
import type { Source } from '../sources/source.ts'

type Environment = EtcdEnvironment & Readonly<Record<string, string | undefined>>

/** What of our own environment is the load balancer's. */
const BALANCERS_OWN = /^(?:KONTENA_LB_.+|SSL_CERTS|SSL_CERT_.+|ACME_CHALLENGE_.+|STATS_PASSWORD|SYSLOG_TARGET)$/

/** Failure `kontena-address` where argument and variables together name no etcd or no load balancer. */
export function openKontena(
  argument: string,
  stateDir: string,
  log: Logger,
  tryOut: TryOut,
  environment: Environment = process.env,
): Source {
  const found = findEtcd(argument, environment)
  if (!found.ok) throw new Failure('kontena-address', found.message)
  const { endpoint, balancer: name, ports } = found.value
  const Client = endpoint.api === 2 ? Etcd2Client : Etcd3Client
  const client = new Client(endpoint, prefixOf(name))
  const remark = (sentence: string) => log.warn(sentence)
  const title = `${client.title} ${name}`
  const file = `${encodeURIComponent(name)}-${createHash('sha256').update(title).digest('hex').slice(0, 8)}.json`
  return etcdSource({
    client,
    balancer: { name, ports, environment: pickEnvironment(environment) },
    memory: new EtcdMemory(join(stateDir, 'kontena', file), title, remark),
    tell: (trouble) => (trouble === null ? log.info(`etcd at ${client.title} answers again`) : log.error(trouble)),
    tellDoubt: (doubt) =>
      doubt === null
        ? log.info(`etcd at ${client.title}: everything that is served for ${name} is listed again`)
        : log.error(`etcd at ${client.title}: ${doubt}`),
    remark,
    tryOut,
  })
}

function pickEnvironment(environment: Environment): Record<string, string> {
  const own = Object.entries(environment).filter(([name]) => BALANCERS_OWN.test(name))
  return Object.fromEntries(own.map(([name, value = '']) => [name, value]))
}
