// Small servers that speak the few bytes a health check hears from a database, a mail server or a gRPC server.
import { createServer as createHttp2Server } from 'node:http2'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

type Bytes = Buffer | string | null

/** What is said on a connection; null: nothing. */
type Speech = {
  /** Before the client has spoken. */
  readonly greet?: () => Bytes
  readonly answer?: (heard: Buffer) => Bytes
}

/** A server whose mood can be changed: what each mood says is its protocol's own. */
export class ProtocolServer {
  mood = 'well'
  /** What clients have said. */
  readonly heard: string[] = []
  #server: Server | null = null
  #sockets = new Set<Socket>()

  get port(): number {
    if (!this.#server) throw new Error('the server does not listen')
    return (this.#server.address() as AddressInfo).port
  }

  get target(): string {
    return `127.0.0.1:${this.port}`
  }

  speak(speech: Speech): Promise<this> {
    const say = (socket: Socket, bytes: Bytes) => void (bytes !== null && socket.write(bytes))
    return this.listen(
      createServer((socket) => {
        say(socket, speech.greet?.() ?? null)
        socket.on('data', (heard) => {
          this.heard.push(heard.toString('latin1'))
          say(socket, speech.answer?.(heard) ?? null)
        })
      }),
    )
  }

  listen(server: Server): Promise<this> {
    this.#server = server
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket)))
    })
    return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(this)))
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
    this.#server?.close()
  }
}

const hex = (bytes: string) => Buffer.from(bytes.replaceAll(' ', ''), 'hex')

/** RESP: an inline answer to PING. */
export function startRedis(): Promise<ProtocolServer> {
  const answers: Readonly<Record<string, string>> = {
    well: '+PONG\r\n',
    password: '-NOAUTH Authentication required.\r\n',
    loading: '-LOADING Redis is loading the dataset in memory\r\n',
    protected: '-DENIED Redis is running in protected mode because protected mode is enabled\r\n',
  }
  const redis = new ProtocolServer()
  return redis.speak({ answer: () => answers[redis.mood] ?? null })
}

/** PostgreSQL's first word after a startup message: which password it wants, or why not at all. */
export function startPostgres(): Promise<ProtocolServer> {
  const error = (text: string) => Buffer.concat([hex('45 00000000'), Buffer.from(`SFATAL\0${text}\0\0`)])
  const answers: Readonly<Record<string, Buffer>> = {
    well: hex('52 00000008 00000000'),
    md5: hex('52 0000000c 00000005 a1b2c3d4'),
    scram: Buffer.concat([hex('52 00000017 0000000a'), Buffer.from('SCRAM-SHA-256\0\0')]),
    starting: error('C57P03\0Mthe database system is starting up'),
    nobody: error('C28000\0Mrole "fairlead" does not exist'),
  }
  const postgres = new ProtocolServer()
  return postgres.speak({ answer: () => answers[postgres.mood] ?? null })
}

/** MySQL 8: the greeting, and what follows the client's name. */
export function startMysql(): Promise<ProtocolServer> {
  const packet = (number: number, ...parts: (string | Buffer)[]) => {
    const body = Buffer.concat(parts.map((part) => Buffer.from(part as string)))
    return Buffer.concat([Buffer.from([body.length & 0xff, body.length >> 8, 0, number]), body])
  }
  const scramble = [hex('09000000'), 'abcdefgh\0', hex('ffffff0200ffdf15'), Buffer.alloc(10), 'ijklmnopqrst\0']
  const greeting = packet(0, hex('0a'), '8.0.36\0', ...scramble, 'caching_sha2_password\0')
  const answers: Readonly<Record<string, Buffer>> = {
    well: packet(2, hex('00000002000000')),
    switch: packet(2, hex('fe'), 'mysql_native_password\0', 'abcdefghijklmnopqrst\0'),
    nobody: packet(2, hex('ff1504'), "#28000Access denied for user 'fairlead'@'localhost'"),
  }
  const full = packet(0, hex('ff1004'), 'Too many connections')
  const mysql = new ProtocolServer()
  return mysql.speak({
    greet: () => (mysql.mood === 'full' ? full : greeting),
    // The client says goodbye with a packet of one byte.
    answer: (heard) => (heard.length > 5 ? (answers[mysql.mood] ?? null) : null),
  })
}

/** SMTP: a greeting of several moods, and a farewell. */
export function startSmtp(): Promise<ProtocolServer> {
  const smtp = new ProtocolServer()
  const usual = '220 mx.example.com ESMTP\r\n'
  const greetings: Readonly<Record<string, string>> = { well: usual, strange: usual, full: '421 Too many\r\n' }
  const well = (heard: string) => (heard.startsWith('EHLO') ? '250-mx.example.com\r\n250 8BITMIME\r\n' : '221 Bye\r\n')
  return smtp.speak({
    greet: () => greetings[smtp.mood] ?? null,
    answer: (heard) => (smtp.mood === 'strange' ? '502 What?\r\n' : well(heard.toString())),
  })
}

/** gRPC's health service over real HTTP/2. Moods: well, not-serving, unknown (of the service asked for), no-service. */
export function startGrpc(): Promise<ProtocolServer & { readonly broken: string[] }> {
  const grpc = Object.assign(new ProtocolServer(), { broken: [] as string[] })
  const server = createHttp2Server()
  server.on('sessionError', (error) => grpc.broken.push(error.message))
  server.on('stream', (stream, { ':path': path, ':authority': authority }) => {
    const pieces: Buffer[] = []
    stream.on('error', (error) => grpc.broken.push(error.message))
    stream.on('data', (piece: Buffer) => pieces.push(piece))
    stream.on('end', () => {
      grpc.heard.push(`${authority}${path} ${Buffer.concat(pieces).toString('hex')}`)
      const headers = { ':status': 200, 'content-type': 'application/grpc' }
      const code = { unknown: '5', 'no-service': '12' }[grpc.mood]
      if (code !== undefined) return stream.respond({ ...headers, 'grpc-status': code }, { endStream: true })
      stream.respond(headers, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
      stream.end(hex(`00 00000002 08 0${grpc.mood === 'well' ? 1 : 2}`))
    })
  })
  return grpc.listen(server as unknown as Server) as Promise<typeof grpc>
}

/** An agent beside a server: `mood` is the word it answers with. */
export function startAgent(word: string): Promise<ProtocolServer> {
  const agent = new ProtocolServer()
  agent.mood = word
  return agent.listen(
    createServer((socket) => {
      socket.on('data', (heard) => void agent.heard.push(heard.toString()))
      socket.end(`${agent.mood}\n`)
    }),
  )
}
