// How the tests run: unit tests first, then live tests (real HAProxy, real sockets) some side by side, then those that need the machine.
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const LIVE = 'test/live/**/*.test.ts'

/** They go by how long things take, so nothing else may run meanwhile. */
const ALONE = ['race', 'old-worker-bounds', 'kills'].map((name) => `test/live/${name}.test.ts`)

/** The longest first, as far as it matters: one that begins last would be waited for by everybody. */
const LONG = [
  'image',
  'docker-scale',
  'docker-faults',
  'docker-stops',
  'daemon',
  'prove',
  'faults',
  'zero-loss',
  'kills',
]

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rankOf = ({ moduleId }: TestSpecification) => {
      const rank = LONG.findIndex((name) => moduleId.endsWith(`/test/live/${name}.test.ts`))
      return rank < 0 ? LONG.length : rank
    }
    return (await super.sort(files)).sort((a, b) => rankOf(a) - rankOf(b))
  }
}

const live = {
  globalSetup: ['test/live/kit/shipped.ts'],
  setupFiles: ['test/seed.ts'],
  testTimeout: 240_000,
  hookTimeout: 240_000,
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    reporters: process.env['CI'] ? ['default', 'github-actions'] : ['default'],
    projects: [
      {
        test: {
          name: 'unit',
          // Properties try many values, on machines of any speed.
          testTimeout: 30_000,
          setupFiles: ['test/seed.ts'],
          include: ['test/**/*.test.ts'],
          exclude: [LIVE],
          // Vitest leaves a core free for itself, which it does not need.
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      // They wait for most of their time (checks, drains, reloads): more of them than cores.
      { test: { ...live, name: 'live', include: [LIVE], exclude: ALONE, maxWorkers: 3, sequence: { groupOrder: 1 } } },
      {
        test: { ...live, name: 'alone', include: ALONE, fileParallelism: false, sequence: { groupOrder: 2 } },
      },
    ],
  },
})
