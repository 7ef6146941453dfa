// What the image's HEALTHCHECK runs: done where the daemon is ready, else failed with the reason.
import { get } from 'node:http'
import { join } from 'node:path'

const socketPath = join(process.env.FAIRLEAD_STATE_DIR || '/var/lib/fairlead', 'api.sock')

const asked = get({ socketPath, path: '/readyz' }, (response) => {
  response.pipe(process.stdout)
  process.exitCode = response.statusCode === 200 ? 0 : 1
})
asked.on('error', ({ message }) => {
  process.stderr.write(`the daemon does not answer: ${message}\n`)
  process.exitCode = 1
})
