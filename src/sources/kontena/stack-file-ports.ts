// Where a load balancer's ports are published: `80:80`, `127.0.0.1:8080:80/tcp`.
import { readText, type StackGround } from './stack-file-ground.ts'
import type { Place } from './stack-file-problem.ts'
import type { Tree } from './stack-file-yaml.ts'

/** From the container's port to the one clients use. */
export type Published = ReadonlyMap<number, number>

/** What a container of kontena/lb listens on, and where it is published unless `ports` says otherwise. */
export const DEFAULT_PORTS = { http: 80, https: 443, stats: 1000 } as const

/** Told of what keeps a service from being served. */
export type TellFault = (place: Place, key: string, message: string) => void

/** Reads `ports`; null where the service has none, so that it was not published in Kontena. */
export function readPorts(
  ground: StackGround,
  tree: Tree | undefined,
  service: string,
  fault: TellFault,
): Published | null {
  const key = `${service}.ports`
  if (tree === undefined || (tree.kind === 'text' && tree.text === null)) return null
  const items = tree.kind === 'list' ? tree.items : [tree]
  const published = new Map<number, number>()
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
    if (address !== undefined && address !== '0.0.0.0' && address !== '[::]')
      fault(
        item.place,
        key,
        `it would listen on every address, not on ${address} alone; write "${to}:${from}" and keep others out with a firewall`,
      )
    if (published.has(from))
      tell(ground, item.place, key, `port ${from} is published on ${published.get(from)} already; ${to} was left out`)
    else published.set(from, to)
  }
  return published
}

/** Port options of a tcp service as clients reach them: `3306`, `9000:80,9001:81`. */
export function publishPorts(option: string, published: Published | null): string {
  return option.replace(/(^|,)(\s*)(\d+)/g, (_whole, before: string, space: string, port: string) => {
    return `${before}${space}${published?.get(Number(port)) ?? port}`
  })
}

function tell({ problems }: StackGround, place: Place, key: string, message: string): void {
  problems.add('remark', place, key, message)
}
