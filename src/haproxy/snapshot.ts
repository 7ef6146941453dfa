// What a generation was made from, kept beside its files: the Config, who served, and the process settings' digest.
import { createHash } from 'node:crypto'
import type { Config, Server } from '../model/config.ts'
import type { Fragment } from '../model/fragment.ts'

/** The model of one generation. */
export type Snapshot = {
  readonly config: Config
  readonly processDigest: string
  /** Who serves; stand-ins for load balancers that break later. */
  readonly fragments: readonly Fragment[]
  /** Servers that are out for good but still known to the worker, by pool id: their names are not free yet. */
  readonly retired: Readonly<Record<string, readonly Server[]>>
}

/** A digest that differs when the process-wide settings do; secrets cannot be read out of it. */
export function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16)
}

/** As text for the file: a digest on the first line, so that a half-written file is never taken for a whole one. */
export function formatSnapshot(snapshot: Snapshot): string {
  const json = JSON.stringify(snapshot)
  return `${FORMAT} ${digestOf(json)}\n${json}`
}

/** Reads what `formatSnapshot` wrote; null for another format or a damaged file, which only costs a reload. */
export function parseSnapshot(text: string | undefined): Snapshot | null {
  const [head, json] = text?.split('\n', 2) ?? []
  return json !== undefined && head === `${FORMAT} ${digestOf(json)}` ? (JSON.parse(json) as Snapshot) : null
}

/** Changes when the model's form does, so that an older daemon's file is not misread. */
const FORMAT = 'fairlead-model-2'
