// How the tests run: unit tests side by side, live tests (real HAProxy, real sockets) one file after another.
import { defineConfig } from 'vitest/config'

const LIVE = 'test/live/**/*.test.ts'

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
      {
        test: {
          name: 'live',
          setupFiles: ['test/seed.ts'],
          include: [LIVE],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
