// lb health-check set: how backends are probed.
import { putPart } from '../../../../api/client.ts'
import { CHECK_METHODS } from '../../../../model/health-check.ts'
import type { HealthCheckSpec } from '../../../../spec/schema.ts'
import { type Call, numberOption, textOption } from '../../../call.ts'
import { carryOut } from '../../../change.ts'
import { checkHealthCheck, checkPart, compact } from '../../../check-input.ts'
import type { CommandSpec } from '../../../command-spec.ts'
import { usageFailure } from '../../../refusal.ts'
import { POOL_OPTION, readPool } from '../../../targets.ts'
import { CHECK_TYPES } from '../../../words.ts'

export const healthCheckSet: CommandSpec = {
  usage: 'set <name> [check]',
  summary: 'Set how backends are probed: by http:/path:interval, tcp::interval, redis::interval or by options',
  kind: 'change',
  examples: [
    ['Ask for a page every 5 seconds', 'PROGRAM lb health-check set web-lb "http:/health:5s"'],
    ['Connect every 2 seconds', 'PROGRAM lb health-check set db-lb tcp::2s'],
    ['Redis answers', 'PROGRAM lb health-check set cache-lb redis::5s'],
    ['PostgreSQL lets a user in', 'PROGRAM lb health-check set db-lb postgres:fairlead:5s'],
    ['A protocol of your own', 'PROGRAM lb health-check set chat-lb "custom:PING\\r\\n/PONG:5s"'],
    ['Three failures in a row take a backend out', 'PROGRAM lb health-check set web-lb --path /health --fall 3'],
  ],
  options: [
    { flags: '--type <type>', help: 'what is probed', words: CHECK_TYPES },
    { flags: '--path <path>', help: 'http: what is asked for' },
    { flags: '--status <statuses>', help: 'http: which answers are good: 200, 200-399 or 200,204' },
    { flags: '--method <method>', help: 'http: how it is asked for', words: CHECK_METHODS },
    { flags: '--body <text>', help: 'http: what the answer must contain' },
    { flags: '--body-regex <pattern>', help: 'http: what must match in the answer' },
    { flags: '--host <host>', help: 'http, grpc: the name of the host that is asked' },
    { flags: '--user <user>', help: 'postgres, mysql: who asks, without a password' },
    { flags: '--service <service>', help: 'grpc: one service, instead of the whole server' },
    { flags: '--send <text>', help: 'custom: what is sent; \\r \\n \\t \\xNN are understood' },
    { flags: '--expect <text>', help: 'custom: what the answer must contain' },
    { flags: '--interval <duration>', help: 'between two probes' },
    { flags: '--timeout <duration>', help: 'how long an answer may take' },
    { flags: '--rise <count>', help: 'successes in a row before a backend is up' },
    { flags: '--fall <count>', help: 'failures in a row before a backend is down' },
    { flags: '--port <port>', help: "another port than the traffic's" },
    POOL_OPTION,
  ],
  run: async (call) => {
    const check = await readCheck(call)
    return carryOut(call, putPart(call.words[0] ?? '', 'health-check', check, readPool(call)))
  },
}

async function readCheck(call: Call): Promise<HealthCheckSpec> {
  const text = call.words[1]
  const numbers = ['rise', 'fall', 'port'].map((key) => [key, numberOption(call, key)])
  const probe = ['type', 'path', 'status', 'method', 'body', 'bodyRegex', 'host', 'user', 'service', 'send', 'expect']
  const keys = [...probe, 'interval', 'timeout']
  const texts = keys.map((key) => [key, textOption(call, key)])
  const options = compact(Object.fromEntries([...texts, ...numbers]))
  if (text === undefined && Object.keys(options).length === 0) {
    throw usageFailure(
      `${call.name} needs a check, for example \`${call.program} ${call.name} web-lb "http:/health:5s"\``,
    )
  }
  const described = text === undefined ? {} : await checkHealthCheck(call, text)
  return checkPart(call, 'healthCheck', { ...described, ...options })
}
