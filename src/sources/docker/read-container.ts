// Which reader understands a container: today its labels. Others are asked here too, each for the containers it knows.
import type { Container } from './container.ts'
import type { Reading } from './offer.ts'
import { readLabels } from './read-labels.ts'

/** Reads containers of one kind; null: this container is not of its kind, and the next reader is asked. */
type Reader = (container: Container) => Reading | null

const READERS: readonly Reader[] = [readLabels]

/** What a container is read as by the first who knows it. What says the same, as copies of one service do, is read once. */
export function readContainer(container: Container): Reading {
  const { labels, environment, exposedPorts } = container
  const text = JSON.stringify([labels, environment, exposedPorts])
  const reading = READ.get(text) ?? findReading(container)
  READ.delete(text)
  READ.set(text, reading)
  const [oldest] = READ.size > MOST_READ ? READ.keys() : []
  if (oldest !== undefined) READ.delete(oldest)
  if (!reading.ok) return reading
  return { ok: true, services: reading.services.map((service) => ({ ...service, container })) }
}

/** By everything readers look at; those asked for last stand last. */
const READ = new Map<string, Reading>()

const MOST_READ = 2000

function findReading(container: Container): Reading {
  for (const reader of READERS) {
    const reading = reader(container)
    if (reading) return reading
  }
  return { ok: false, because: 'nothing on it asks for load balancing' }
}
