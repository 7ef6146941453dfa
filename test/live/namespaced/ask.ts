// Asks a URL of the private engine's host as clients of several addresses; tells each one's status and answer.
import { get } from 'node:http'

const { URL: url = '', CLIENTS = '127.0.0.1' } = process.env

function ask(localAddress: string): Promise<string> {
  return new Promise((resolve) => {
    const asked = get(url, { localAddress, agent: false }, (response) => {
      let text = ''
      response.on('data', (piece: Buffer) => (text += piece.toString()))
      response.on('end', () => resolve(`${response.statusCode} ${text.trim()}`))
    })
    asked.on('error', ({ message }) => resolve(message))
  })
}

process.stdout.write(JSON.stringify(await Promise.all(CLIENTS.split(',').map(ask))))
