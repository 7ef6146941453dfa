// Runs on the host of a test's Docker engine, and does what DockerClients sends it.
import type { Asked } from '../kit/docker-clients.ts'
import { ask, Prober } from '../kit/prober.ts'

const probers: Prober[] = []

process.on('message', ({ id, asked }: { id: number; asked: Asked }) => {
  void answer(asked).then((result) => process.send?.({ id, result }))
})
process.once('disconnect', () => process.exit(0))
process.send?.({ id: -1, result: 'here' })

async function answer(asked: Asked): Promise<unknown> {
  if (asked.kind === 'ask') return ask(asked.port, asked.options)
  if (asked.kind === 'start') return probers.push(new Prober(asked.port, asked.options).start(asked.load)) - 1
  return asked.kind === 'seen' ? probers[asked.prober]?.seen : probers[asked.prober]?.stop()
}
