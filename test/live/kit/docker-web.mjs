// The web server in the tests' containers; called with a word, it checks or sets the health of the one that runs.
import { createServer, get } from 'node:http'
import { hostname } from 'node:os'

const { PORT = '80', NAME = hostname(), START_DELAY_MS = '0', STOP_MS = '0', IGNORE_STOP = '' } = process.env
const [, , word] = process.argv

let isHealthy = true

/** `/` tells the name, `/health` 200 or 503, `/slow?ms=N` answers late. */
function answer(request, response) {
  const url = new URL(request.url ?? '/', 'http://here')
  if (url.pathname === '/set') isHealthy = url.search === '?healthy'
  if (url.pathname === '/health' && !isHealthy) return response.writeHead(503).end('unhealthy\n')
  response.setHeader('etag', `"${NAME}"`)
  setTimeout(() => response.end(`${NAME}\n`), Number(url.searchParams.get('ms') ?? 0))
}

function serve() {
  const server = createServer(answer)
  setTimeout(() => server.listen(Number(PORT)), Number(START_DELAY_MS))
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP']) {
    process.on(signal, () => {
      if (IGNORE_STOP !== '' || signal === 'SIGHUP') return
      // Requests under way are answered first.
      setTimeout(() => server.close(() => process.exit(0)), Number(STOP_MS))
    })
  }
  // Before this line a SIGTERM would be lost: the first process of a container has no default for it.
  console.log('up')
}

function ask(path) {
  const asked = get({ host: '127.0.0.1', port: Number(PORT), path }, ({ statusCode }) => {
    process.exit(statusCode === 200 ? 0 : 1)
  })
  asked.on('error', () => process.exit(1))
}

if (word === undefined) serve()
else ask(word === 'check' ? '/health' : `/set?${word}`)
