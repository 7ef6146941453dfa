// Files of what has changed, one change after the other, say the same as all of them rendered anew.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { merge } from '../../src/merge/merge.ts'
import type { Config } from '../../src/model/config.ts'
import { renderChanged, renderHaproxy } from '../../src/render/haproxy/render-haproxy.ts'
import { neighbourhoods } from '../arbitrary/resources.ts'
import { SETTINGS } from './settings.ts'

const CONTEXT = { vpcs: [], addresses: new Map(), kept: new Map(), setAside: new Map() }
const WITHOUT_RESERVE = { ...SETTINGS, reserve: 0 }

const histories = neighbourhoods.map((words) => words.map((word) => merge(word, CONTEXT).value))

/** Texts by path; of maps the rows in no order, as HAProxy reads them. */
function toTexts(files: Iterable<readonly [string, string]>): Record<string, unknown> {
  return Object.fromEntries(
    [...files].map(([path, text]) => [path, path.startsWith('maps/') ? text.split('\n').toSorted() : text]),
  )
}

function ownersOf(before: Config, after: Config): Set<string> {
  const all = new Set([...before.shares.keys(), ...after.shares.keys()])
  return new Set([...all].filter((name) => before.shares.get(name) !== after.shares.get(name)))
}

test('any changes, one after the other', () => {
  fc.assert(
    fc.property(histories, fc.boolean(), ([first, ...rest], isForgetful) => {
      const files = new Map(renderHaproxy(first!, WITHOUT_RESERVE).map(({ path, content }) => [path, content]))
      let before = first!
      for (const after of rest) {
        // What was read back of a running process is another table with the same shares in it.
        const from = isForgetful
          ? {
              ...before,
              shares: before.shares
                .map((share) => share)
                .set('x', { owner: 'x', pools: [], routes: [] })
                .delete('x'),
            }
          : before
        const changed = renderChanged(from, after, ownersOf(before, after), 'each', WITHOUT_RESERVE)
        for (const { path, content } of changed.files) files.set(path, content)
        for (const path of changed.gone) files.delete(path)
        const anew = renderHaproxy(after, WITHOUT_RESERVE).filter(({ path }) => path !== 'config/20-listeners.cfg')
        files.delete('config/20-listeners.cfg')
        expect(toTexts(files)).toEqual(toTexts(anew.map(({ path, content }) => [path, content])))
        before = after
      }
    }),
    { numRuns: 150 },
  )
}, 60_000)

test('who has not changed costs no file', () => {
  fc.assert(
    fc.property(histories, ([config]) => {
      expect(renderChanged(config!, config!, config!.shares.keys(), 'each', SETTINGS)).toEqual({ files: [], gone: [] })
    }),
    { numRuns: 20 },
  )
})
