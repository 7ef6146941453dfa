// Where a load balancer's ports are published: `80:80`, `127.0.0.1:8080:80/tcp`.
import { readText, type StackGround } from './stack-file-ground.ts'
import type { Place } from './stack-file-problem.ts'
import type { Tree } from './stack-file-yaml.ts'

export type Published = {
  /** From the container's port to the one clients use. */
  readonly ports: ReadonlyMap<number, number>
  /** The address of the machine that a port of clients is on; absent: every one. */
  readonly addresses: Readonly<Record<number, string>>
}

/** What a container of kontena/lb listens on, and where it is published unless `ports` says otherwise. */
export const DEFAULT_PORTS = { http: 80, https: 443, stats: 1000 } as const

/** Reads `ports`; null where the service has none, so that it was not published in Kontena. */
export function readPorts(ground: StackGround, tree: Tree | undefined, service: string): Published | null {
  const key = `${service}.ports`
  if (tree === undefined || (tree.kind === 'text' && tree.text === null)) return null
  const items = tree.kind === 'list' ? tree.items : [tree]
  const ports = new Map<number, number>()
  const addresses: Record<number, string> = {}
  for (const item of items) {
    const text = readText(ground, item, key)
    const parts = /^(?:(\d+\.\d+\.\d+\.\d+|\[[0-9a-fA-F:]+\]):)?(?:(\d{1,5}):)?(\d{1,5})(?:\/tcp)?$/.exec(text ?? '')
    const [, address, host, container = ''] = parts ?? []
    const [from, to] = [Number(container), Number(host ?? container)]
    if (!parts || from < 1 || from > 65_535 || to < 1 || to > 65_535) {
      tell(
        ground,
        item.place,
        key,
        `${JSON.stringify(text ?? null)} is not understood and was left out; write "host:container", for example "80:80"`,
      )
      continue
    }
    if (ports.has(from)) {
      tell(ground, item.place, key, `port ${from} is published on ${ports.get(from)} already; ${to} was left out`)
      continue
    }
    ports.set(from, to)
    if (address !== undefined && address !== '0.0.0.0' && address !== '[::]')
      addresses[to] = address.replace(/[[\]]/g, '')
  }
  return { ports, addresses }
}

/** Port options of a tcp service as clients reach them: `3306`, `9000:80,9001:81`. */
export function publishPorts(option: string, published: Published | null): string {
  return option.replace(/(^|,)(\s*)(\d+)/g, (_whole, before: string, space: string, port: string) => {
    return `${before}${space}${published?.ports.get(Number(port)) ?? port}`
  })
}

function tell({ problems }: StackGround, place: Place, key: string, message: string): void {
  problems.add('remark', place, key, message)
}
