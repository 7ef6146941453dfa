// diff: what is live beside what files say, line by line.
import type { CommandSpec } from '../command-spec.ts'
import { findLives, isSame } from '../compare-live.ts'
import { formatDiff } from '../format/diff.ts'
import { FILE_OPTION, readResources } from '../input-files.ts'
import { EXIT } from '../refusal.ts'
import { formatSorted, toResource } from '../resource-text.ts'

export const diff: CommandSpec = {
  usage: 'diff',
  summary: 'Compare files with what is live; exit code 1 where they differ',
  kind: 'read',
  examples: [
    ['What would apply change?', 'PROGRAM diff -f web-lb.yml'],
    ['Is the file still true?', 'PROGRAM diff -f web-lb.yml > /dev/null && echo equal'],
  ],
  options: [FILE_OPTION],
  run: async (call) => {
    const found = await readResources(call)
    const client = await call.client()
    let differs = false
    const lives = await findLives(
      client,
      found.map(({ resource }) => resource.name),
    )
    for (const [index, { file, resource }] of found.entries()) {
      const live = lives[index]
      if (live && isSame(live, resource)) continue
      differs = true
      const before = { name: `${resource.name} (live)`, text: live ? await formatSorted(toResource(live)) : '' }
      const after = { name: `${resource.name} (${file})`, text: await formatSorted(resource) }
      call.print(formatDiff(call.display, before, after))
    }
    return differs ? EXIT.failed : EXIT.done
  },
}
