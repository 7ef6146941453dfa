// The part of the configuration that is nobody's in particular: process, defaults, peers, and our own way in.

import { DEFAULT_UNAVAILABLE } from '../../model/features.ts'
import { renderAccessRing } from './access-log.ts'
import { renderUnavailable } from './features.ts'
import { renderBinds } from './listener.ts'
import { indent } from './pool.ts'
import type { ProcessSettings } from './process-settings.ts'
import { CHALLENGE_MAP, PARAMETER_MAPS } from './rows.ts'
import { renderWord } from './word.ts'

/** The sections `global`, `peers`, `defaults` and the frontend that only Fairlead itself talks to. */
export function renderProcess(asGiven: ProcessSettings): string[] {
  const settings = { ...asGiven, runDir: renderWord(asGiven.runDir) }
  return [
    '# Written by Fairlead at every change; edits are lost.',
    ...renderGlobal(settings),
    '',
    ...renderPeers(settings),
    '',
    ...renderAccessRing(),
    '',
    ...renderDefaults(),
    '',
    ...renderOwnFrontend(settings),
    ...renderStatsPage(settings),
  ]
}

function renderGlobal(settings: ProcessSettings): string[] {
  const { runDir, maxConnections, user, oldWorkerDeadlineMs, statsSocket, pidFile } = settings
  return [
    'global',
    ...indent([
      `stats socket ${runDir}/worker.sock mode 600 level admin expose-fd listeners`,
      ...(statsSocket === null ? [] : [`stats socket ${renderWord(statsSocket)} mode 600 level user`]),
      'stats timeout 30s',
      ...(pidFile === null ? [] : [`pidfile ${renderWord(pidFile)}`]),
      `maxconn ${maxConnections}`,
      // Each server with a check may need a file too. Where they come to more than the limit, HAProxy would refuse every
      // reload, of everybody; so it says so and goes on.
      'no strict-limits',
      `hard-stop-after ${oldWorkerDeadlineMs}ms`,
      'localpeer local',
      'server-state-file state/servers',
      'tune.ssl.default-dh-param 2048',
      // Sessions are resumed by tickets, whose keys are each port's own. HAProxy's cache is all ports': a session of one,
      // client certificate included, would be good for every other.
      'tune.ssl.cachesize 0',
      ...(user === null ? [] : [`user ${user}`, `group ${user}`]),
    ]),
  ]
}

/** Without a peer the counters and stick tables of the old worker would be forgotten at a reload. */
function renderPeers({ runDir, user }: ProcessSettings): string[] {
  return [
    'peers fairlead',
    ...indent([`bind unix@${runDir}/peers.sock mode 600${user === null ? '' : ` user ${user}`}`, 'server local']),
  ]
}

/** Timeouts here only keep HAProxy from warning: each listener and pool states its own. */
function renderDefaults(): string[] {
  const shared = [
    'timeout connect 5s',
    'timeout client 60s',
    'timeout server 60s',
    'retries 3',
    'option redispatch 1',
    'load-server-state-from-file global',
  ]
  return [
    'defaults df_http',
    // Of a pool without a server that could answer: clients are told when to come again.
    ...indent(['mode http', ...shared, ...renderUnavailable(DEFAULT_UNAVAILABLE)]),
    '',
    'defaults df_tcp',
    // A connection may be quiet for days; that its other side is gone is noticed within five minutes.
    ...indent(['mode tcp', ...shared, ...['cli', 'srv'].flatMap(renderTcpKeepAlive)]),
  ]
}

function renderTcpKeepAlive(side: string): string[] {
  return [`option ${side}tcpka`, `${side}tcpka-idle 120s`, `${side}tcpka-intvl 30s`, `${side}tcpka-cnt 5`]
}

/** Keeps HAProxy running while nobody has described a load balancer yet, and answers our own metrics. */
function renderOwnFrontend({ runDir, capabilities }: ProcessSettings): string[] {
  return [
    'frontend fe_fairlead from df_http',
    ...indent([
      `bind unix@${runDir}/own.sock mode 600`,
      // HAProxy knows a map only where a rule names it, and not every reserve has a place that does.
      ...[PARAMETER_MAPS.connectionScope, PARAMETER_MAPS.staticFiles, PARAMETER_MAPS.hsts, CHALLENGE_MAP].map(
        (map) => `http-request set-var(txn.scope) str(none),map_str(${map}) if FALSE`,
      ),
      ...(capabilities.prometheus ? ['http-request use-service prometheus-exporter if { path /metrics }'] : []),
      'http-request return status 204',
    ]),
  ]
}

/** HAProxy's own, as the template of docker-loadbalancer has it. */
function renderStatsPage({ statsPort, ipv6 }: ProcessSettings): string[] {
  if (statsPort === null) return []
  return [
    '',
    'listen stats from df_http',
    ...indent([
      ...renderBinds({ address: '0.0.0.0', port: statsPort }, ipv6).map((bind) => `bind ${bind}`),
      'stats enable',
      'stats hide-version',
      'stats refresh 5s',
      'stats show-node',
      'stats uri /',
    ]),
  ]
}
