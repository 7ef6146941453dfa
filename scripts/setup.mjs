// What `npm start` and `npm test` do first: install what is missing, once. Runs on the machine's own Node (20 or newer).
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, lstatSync, statSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The one list of programs from Debian packages: what it is called, which package brings it, why we need it. */
const PROGRAMS = [
  {
    program: 'haproxy',
    package: 'haproxy',
    label: 'HAProxy',
    needed: 'always',
    why: 'the load balancer Fairlead drives',
  },
  {
    program: 'redis-server',
    package: 'redis-server',
    label: 'Redis',
    needed: 'test',
    why: 'a real TCP server behind the TCP balancer',
  },
  {
    program: 'ip',
    package: 'iproute2',
    label: 'ip',
    needed: 'test',
    why: 'brings up loopback in a namespace of our own',
  },
  {
    program: 'openssl',
    package: 'openssl',
    label: 'OpenSSL',
    needed: 'test',
    why: 'makes the certificates of the tests',
  },
  { program: 'zsh', package: 'zsh', label: 'zsh', needed: 'test', why: 'reads the completion script we print for it' },
  {
    program: 'dockerd',
    package: 'docker.io',
    label: 'Docker',
    needed: 'test',
    why: 'runs the containers that are balanced',
  },
  {
    program: 'debootstrap',
    package: 'debootstrap',
    label: 'debootstrap',
    needed: 'test',
    why: 'makes the Debian base that the container image is built on',
  },
  {
    program: 'etcd',
    package: 'etcd-server',
    label: 'etcd',
    needed: 'test',
    why: "keeps the tree that Kontena's agents write",
  },
  {
    program: 'fish',
    package: 'fish',
    label: 'fish',
    needed: 'test',
    why: 'reads the completion script we print for it',
  },
  {
    program: 'pebble',
    package: 'pebble',
    label: 'Pebble',
    needed: 'test',
    why: 'a real ACME CA that issues certificates',
  },
  // The backend needs the server, so that its package brings both.
  {
    program: 'pdns_server',
    package: 'pdns-backend-sqlite3',
    label: 'PowerDNS',
    needed: 'test',
    why: 'a real DNS server that is changed over HTTP',
  },
  {
    program: 'named',
    package: 'bind9',
    label: 'BIND',
    needed: 'test',
    why: 'a real DNS server that takes dynamic updates',
  },
  {
    program: 'dig',
    package: 'bind9-dnsutils',
    label: 'dig',
    needed: 'test',
    why: 'sees what DNS servers really answer',
  },
]

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const OLDEST_NODE = 24

/** Ends the setup with one sentence a person can act on. */
function stop(sentence) {
  process.stderr.write(`fairlead: ${sentence}\n`)
  process.exit(1)
}

/** Runs a command; answers its exit status and its output. `show` lets it write to the terminal instead. */
function run(command, args, { show = false, env = {} } = {}) {
  const stdio = show ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe']
  const done = spawnSync(command, args, { cwd: ROOT, stdio, encoding: 'utf8', env: { ...process.env, ...env } })
  return {
    ok: done.status === 0,
    output: `${done.stdout ?? ''}${done.stderr ?? ''}${done.error?.message ?? ''}`.trim(),
  }
}

/** Whether a file can be executed by us. */
function isExecutable(path) {
  if (!existsSync(path) || !statSync(path).isFile()) return false
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Where a program lies; the sbin folders too, which are not on the PATH of people who are not root. */
function findProgram(program) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin']
  return folders.map((folder) => join(folder, program)).find(isExecutable)
}

function isOlder(path, other) {
  return !existsSync(path) || statSync(path).mtimeMs < statSync(other).mtimeMs
}

/** Brings node_modules up to package-lock.json. npm writes the hidden lock last, so its age is that of the tree. */
function installDependencies() {
  if (!isOlder(join(ROOT, 'node_modules/.package-lock.json'), join(ROOT, 'package-lock.json'))) return
  if (lstatSync(join(ROOT, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) {
    stop('node_modules is a link, and older than package-lock.json; run `npm ci` where it leads, or remove the link')
  }
  process.stdout.write('Installing npm dependencies (once)…\n')
  if (!run('npm', ['ci', '--ignore-scripts', '--loglevel=error'], { show: true }).ok) {
    stop('npm could not install the dependencies (its words are above); run `npm ci` once the cause is gone')
  }
}

/** The Node that will run Fairlead must be new enough: the one npm brought, or the machine's own. */
function checkNode() {
  const brought = join(ROOT, 'node_modules/.bin/node')
  const version = isExecutable(brought) ? run(brought, ['--version']).output : process.version
  const major = Number(/^v(\d+)/.exec(version)?.[1] ?? 0)
  if (major >= OLDEST_NODE) return
  stop(
    `Node ${OLDEST_NODE} or newer is needed and this is ${version || 'none'}; run \`npm ci\` again, or install Node ${OLDEST_NODE}`,
  )
}

/** A HAProxy the user pointed to must be there; then none is installed. */
function checkChosenHaproxy(path) {
  if (isExecutable(path)) return
  stop(
    `FAIRLEAD_HAPROXY names ${path}, which is not an executable file; correct it, or unset it to use the HAProxy on the PATH`,
  )
}

function missingPrograms(forTests) {
  const chosen = process.env.FAIRLEAD_HAPROXY
  if (chosen) checkChosenHaproxy(chosen)
  return PROGRAMS.filter(({ program, needed }) => {
    if (needed === 'test' && !forTests) return false
    if (program === 'haproxy' && chosen) return false
    return findProgram(program) === undefined
  })
}

/** The words before an apt command: none for root, sudo where it asks for no password; undefined where neither works. */
function privilege() {
  if (process.getuid?.() === 0) return []
  return findProgram('sudo') && run('sudo', ['-n', 'true']).ok ? ['sudo', '-n'] : undefined
}

/** Runs a command as root. Debian's packages ask nothing and, where no systemd runs, start no service (runlevel 1). */
function runAsRoot(prefix, command) {
  const [first, ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1', ...command]
  return run(first, rest)
}

/** Debian's packages start a service of their own, on ports we may want: those that we just installed are stopped. */
function stopOwnServices(prefix, packages) {
  if (!existsSync('/run/systemd/system')) return
  const units = {
    haproxy: ['haproxy.service'],
    'redis-server': ['redis-server.service'],
    'etcd-server': ['etcd.service'],
    'pdns-backend-sqlite3': ['pdns.service'],
    bind9: ['named.service'],
    'docker.io': ['docker.socket', 'docker.service', 'containerd.service'],
  }
  for (const unit of packages.flatMap((name) => units[name] ?? [])) {
    runAsRoot(prefix, ['systemctl', 'disable', '--now', '--quiet', unit])
  }
}

function installPrograms(missing) {
  if (missing.length === 0) return
  const packages = missing.map((each) => each.package)
  const labels = missing.map((each) => each.label).join(', ')
  const byHand = `sudo apt-get install ${packages.join(' ')}`
  const reasons = missing.map((each) => `${each.label} (package ${each.package}: ${each.why})`).join(', ')
  if (!findProgram('apt-get')) {
    stop(
      `missing: ${reasons}; this machine has no apt, so install it with your system's package manager (on Debian: ${byHand})`,
    )
  }
  const prefix = privilege()
  if (!prefix) stop(`missing: ${reasons}; installing it needs root, so run: ${byHand}`)
  process.stdout.write(`Installing ${labels} with apt (once)…\n`)
  const patience = ['-o', 'DPkg::Lock::Timeout=120']
  runAsRoot(prefix, ['apt-get', ...patience, 'update', '-qq'])
  const done = runAsRoot(prefix, [
    'apt-get',
    ...patience,
    'install',
    '-qq',
    '-y',
    '--no-install-recommends',
    ...packages,
  ])
  const said = done.output.split('\n').findLast((line) => line.startsWith('E:')) ?? 'it gave no reason'
  if (!done.ok) stop(`apt could not install ${packages.join(', ')} (${said}); once the cause is gone, run: ${byHand}`)
  stopOwnServices(prefix, packages)
}

installDependencies()
checkNode()
installPrograms(missingPrograms(process.argv.includes('--test')))
