// `show servers state`: every server as the running worker holds it.
import { STATIC_SERVER } from '../render/haproxy/names.ts'

/** One server's live state. `id` is `backend/server`. */
export type LiveServer = {
  readonly backend: string
  readonly server: string
  readonly address: string
  readonly port: number
  readonly weight: number
  /** The weight it was made with: what an agent's percentage is of. */
  readonly bornWeight: number
  readonly isMaint: boolean
  /** Its agent is asked, and may set weight and state. */
  readonly hasAgent: boolean
  /** It has a check, and somebody switched it off. */
  readonly isUnchecked: boolean
  /** Since its state last changed. */
  readonly unchangedForSeconds: number
  /** Operational state: 0 stopped, 1 starting, 2 running, 3 stopping (management.txt, "show servers state"). */
  readonly operational: number
  /** How many connections it may have, null for any number; absent: not looked at. */
  readonly limit?: number | null
  /** The line itself, as a state file holds it. */
  readonly line: string
}

/**
 * Bits of srv_admin_state that keep a server out: maintenance forced, inherited, by name resolution, by hostname; and
 * the drain of the socket, which we never use ourselves, so that it too is somebody else's change.
 */
const MAINT_BITS = 0x01 | 0x02 | 0x20 | 0x40 | 0x08 | 0x10

/** Columns of srv_check_state and srv_agent_state, and their bits: there is a check, it is made (management.txt, "show servers state"). */
const CHECK_STATE = 13
const AGENT_STATE = 14
const CONFIGURED = 0x02
const ENABLED = 0x04

/** Reads the answer; lines of another shape are passed over, and the process that serves files, which is no pool's. */
export function parseServersState(answer: string): LiveServer[] {
  return answer.split('\n').flatMap((line) => {
    const words = line.split(' ')
    const [, backend = '', , server = '', address = '', operational, admin, weight, born, seconds] = words
    if (words.length < 19 || line.startsWith('#') || server === STATIC_SERVER) return []
    const isMaint = (Number(admin) & MAINT_BITS) !== 0
    return [
      {
        backend,
        server,
        address,
        port: Number(words[18]),
        weight: Number(weight),
        bornWeight: Number(born),
        isMaint,
        hasAgent: (Number(words[AGENT_STATE]) & ENABLED) !== 0,
        isUnchecked: (Number(words[CHECK_STATE]) & (CONFIGURED | ENABLED)) === CONFIGURED,
        unchangedForSeconds: Number(seconds),
        operational: Number(operational),
        line,
      },
    ]
  })
}

/** By `place/server`: operational state, administrative state, weight, and the status of the last check. */
export function parseServerSigns(answer: string): Map<string, string> {
  const signs = new Map<string, string>()
  for (const line of answer.split('\n')) {
    const words = line.split(' ', 12)
    if (words.length < 12 || line.startsWith('#')) continue
    signs.set(`${words[1]}/${words[3]}`, `${words[5]} ${words[6]} ${words[7]} ${words[10]}`)
  }
  return signs
}

/** How a server of this generation is called in the next one, and what it has there. */
export type Successor = {
  readonly backend: string
  readonly weight: number
  /** Where its check and its agent are, if not where it is; HAProxy would otherwise bring back the ports of before. */
  readonly checkPort?: number | null
  readonly agentPort?: number | null
  /** What its agent said last goes with it: the weight, and out of service or not. */
  readonly keepsAgentWord?: boolean
}

/**
 * The state file for a reload: the health of servers whose place has not changed. `successorOf` answers who a server is
 * in the new configuration, or null where nothing of it may be carried over. Everything but health is what the
 * configuration says: HAProxy would otherwise bring back a weight that was set at run time before.
 */
export function renderStateFile(
  live: readonly LiveServer[],
  successorOf: (server: LiveServer) => Successor | null,
): string {
  const lines = live.flatMap((server) => {
    const successor = successorOf(server)
    if (successor === null) return []
    const { backend, weight, keepsAgentWord, checkPort, agentPort } = successor
    const words = server.line.split(' ')
    const [admin, share] = keepsAgentWord ? [words[ADMIN_STATE], server.weight] : ['0', weight]
    const said = [admin, share, weight]
    const health = words.slice(ADMIN_STATE + 3, CHECK_PORT)
    const asked = words.length > CHECK_PORT ? [checkPort ?? 0, '-', '-', agentPort ?? 0] : []
    return [[words[0], backend, ...words.slice(2, ADMIN_STATE), ...said, ...health, ...asked].join(' ')]
  })
  return ['1', COLUMNS, ...lines, ''].join('\n')
}

/** Column of srv_admin_state; srv_uweight and srv_iweight follow. */
const ADMIN_STATE = 6

/** Column of srv_check_port; srv_check_addr, srv_agent_addr and srv_agent_port follow. */
const CHECK_PORT = 21

const COLUMNS =
  '# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port'
