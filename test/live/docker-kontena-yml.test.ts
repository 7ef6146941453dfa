// A kontena.yml beside `--source docker`: its services are where their containers run.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DockerStand } from './kit/docker-stand.ts'

let stand: DockerStand
beforeAll(async () => {
  stand = await DockerStand.start()
})
afterAll(() => stand?.close())

test('containers of Compose and of the names it gives are the instances; one that is told to stop loses no request', async () => {
  const folder = join(await stand.daemons.folder(), 'shop')
  const path = join(folder, 'kontena.yml')
  await mkdir(folder)
  await writeFile(path, 'lb: { image: kontena/lb, ports: ["8000:80"] }\nweb: { image: nginx, links: [lb] }\n')
  const run = (name: string, ...options: string[]) => stand.docker.run(name, '--env', `NAME=${name}`, ...options)
  const compose = (project: string) =>
    ['project=shop', 'service=web'].flatMap((label) => [
      '--label',
      `com.docker.compose.${label.replace('shop', project)}`,
    ])
  await run('first', ...compose('shop'))
  await run('elsewhere', ...compose('blog'))
  const daemon = await stand.follow({ flags: ['--source', `kontena-yml=${path}`] })
  await stand.untilNames(8000, ['first'])
  await run('shop-web-2')
  await stand.untilNames(8000, ['first', 'shop-web-2'])
  const stopped = stand.docker.docker('stop', '--time', '3', 'first')
  let ended = false
  void stopped.then(() => (ended = true))
  const answers = new Set<string>()
  while (!ended) for (const name of await stand.names(8000, 4)) answers.add(name)
  await stopped
  await stand.untilNames(8000, ['shop-web-2'])
  expect([...answers].filter((name) => !['first', 'shop-web-2'].includes(name))).toEqual([])
  expect(daemon.log.filter(({ level }) => level === 'error')).toEqual([])
})
