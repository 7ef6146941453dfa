// A location becomes a route: a pool, an address, or a redirect, and what happens on the way.
import { parsePathPrefix } from '../../model/text.ts'
import type { PoolSpec } from '../../spec/schema.ts'
import { toName } from '../names.ts'
import { formatLine, type Remarks } from '../remark.ts'
import type { Pools, RouteKeys, SiteRoute } from '../site.ts'
import { remarkOn } from './directives.ts'
import type { Directive } from './parse-nginx.ts'
import { readReturn, readRewrite } from './redirects.ts'
import { inherit, REQUEST_DIRECTIVES, readRequestKeys } from './request-keys.ts'
import { isOfFiles, OF_FILES, readStatic } from './static-files.ts'
import { toTarget } from './upstream.ts'

/** What locations are read with. */
export type Surroundings = {
  /** Upstreams by their name in nginx. */
  readonly pools: Pools
  /** Directives of the levels around it that hold inside too. */
  readonly outer: readonly Directive[]
  readonly remarks: Remarks
}

/** The route; null where requests of that path cannot be taken. */
export function readLocation(location: Directive, surroundings: Surroundings): SiteRoute | null {
  const path = readPath(location, surroundings.remarks)
  return path === null ? null : readAnswer(path, location, surroundings)
}

function readPath({ words, line }: Directive, remarks: Remarks): string | null {
  const [modifier = '', second] = words
  const text = second ?? modifier
  const name = `location ${formatLine(words)}`
  if (modifier === '=')
    remarks.leaveOut(line, `${name}: one path alone cannot be matched; a route takes everything below it too`)
  else if (modifier.startsWith('~'))
    remarks.leaveOut(line, `${name}: paths are matched by prefix, not by regular expressions`)
  else if (modifier.startsWith('@')) remarks.leaveOut(line, `${name}: named locations are never reached by a path`)
  if (/^([=@]|~)/.test(modifier)) return null
  const path = parsePathPrefix(text)
  if (!path.ok) {
    remarks.leaveOut(line, `${name}: ${path.message}`)
    return null
  }
  if (path.value !== '/' && !text.endsWith('/'))
    remarks.note(line, `${name}: whole segments are matched: ${text} and ${text}/x, not ${text}x`)
  return path.value
}

/** What is done with requests of a path; the server block itself is read the same way, for `/`. */
export function readAnswer(
  path: string,
  { block, words, line }: Directive,
  { pools, outer, remarks }: Surroundings,
): SiteRoute | null {
  const directives = block ?? []
  const keys = readRequestKeys(inherit(outer, directives), remarks)
  let target: RouteKeys | null = null
  let rewrite: RouteKeys['rewrite'] | null = null
  const isFiles = isOfFiles(directives)
  for (const directive of directives) {
    if (directive.name === 'return') {
      const redirect = readReturn(directive, remarks)
      return redirect ? { path, keys: { redirect } } : null
    }
    if (directive.name === 'proxy_pass') target = readProxyPass(directive, path, pools, remarks)
    else if (directive.name === 'rewrite') rewrite = readRewrite(directive, remarks)
    else if (directive.name === 'location')
      remarks.leaveOut(
        directive.line,
        `location ${formatLine(directive.words)}: a location inside another is not read; write it beside it`,
      )
    else if (!REQUEST_DIRECTIVES.has(directive.name) && !(isFiles && OF_FILES.has(directive.name)))
      remarkOn(directive, remarks)
  }
  if (isFiles) target = readStatic(inherit(outer, directives, OF_FILES), path, remarks)
  if (target === null) {
    remarks.leaveOut(
      line,
      `location ${formatLine(words)}: nothing of it could be taken; its requests go where those of a shorter path go`,
    )
    return null
  }
  return { path, keys: join(target, { ...keys, ...(rewrite ? { rewrite } : {}) }, pools) }
}

/** A route with keys of its own has a pool of its own too. */
function join(target: RouteKeys, own: RouteKeys, pools: Pools): RouteKeys {
  const { pool, ...rest } = { ...target, ...own }
  if (pool === undefined || Object.keys(rest).length === 0) return { ...target, ...own }
  return { ...pools.get(pool), ...rest }
}

function readProxyPass({ words, line }: Directive, path: string, pools: Pools, remarks: Remarks): RouteKeys | null {
  const [address = ''] = words
  const [, scheme, host = '', uri = ''] = /^(https?):\/\/([^/]+)(\/.*)?$/.exec(address) ?? []
  const refuse = (why: string) => {
    remarks.leaveOut(line, `proxy_pass ${formatLine(words)}: ${why}`)
    return null
  }
  if (address.includes('$')) return refuse('an address made of variables is not known beforehand')
  if (scheme === undefined) return refuse('only http:// addresses can be balanced')
  if (scheme === 'https') return refuse('servers are asked without TLS')
  const name = toName(host)
  const target = pools.has(name) && !host.includes(':') ? null : toTarget(host)
  const pool: PoolSpec | undefined = target === null ? pools.get(name) : { backends: [{ target }] }
  if (!pool) return refuse('there is no upstream of that name in this file, and it is no host and port')
  const shared: RouteKeys = target === null ? { pool: name } : pool
  const rewrite = readPathChange(uri, path)
  if (rewrite === null) return refuse('the path after the host cannot be written before a request')
  return rewrite === undefined ? shared : { ...shared, rewrite }
}

/** A path after the host stands in place of the location's; undefined: nothing changes, null: it cannot be said. */
function readPathChange(uri: string, path: string): RouteKeys['rewrite'] | null {
  if (uri === '' || uri.replace(/(?<=.)\/$/, '') === path) return undefined
  if (uri === '/') return { stripPrefix: true }
  const parsed = parsePathPrefix(uri)
  return parsed.ok ? { replacePrefix: parsed.value } : null
}
