// How the tests run: unit tests first, then live tests (real HAProxy, real sockets) some side by side, then those that need the machine.
import { defineConfig } from 'vitest/config'

const LIVE = 'test/live/**/*.test.ts'

/** They go by how long things take, so nothing else may run meanwhile. */
const ALONE = ['test/live/race.test.ts', 'test/live/old-worker-bounds.test.ts']

const live = { setupFiles: ['test/seed.ts'], testTimeout: 60_000, hookTimeout: 60_000 }

export default defineConfig({
  test: {
    reporters: process.env['CI'] ? ['default', 'github-actions'] : ['default'],
    projects: [
      {
        test: {
          name: 'unit',
          setupFiles: ['test/seed.ts'],
          include: ['test/**/*.test.ts'],
          exclude: [LIVE],
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
