// Why a Docker engine cannot be asked, in one sentence with what to do about it.
import { type DockerEndpoint, formatEndpoint } from './endpoint.ts'

/** Of a request that got no answer. */
export function describeUnreachable(endpoint: DockerEndpoint, error: NodeJS.ErrnoException): string {
  return `Docker at ${formatEndpoint(endpoint)} cannot be reached: ${explain(endpoint, error)}`
}

/** Of an answer that is not 200; `text` is its body. */
export function describeStatus(title: string, path: string, status: number, text: string): string {
  const question = formatQuestion(path)
  if (status === 401 || status === 403)
    return `Docker at ${title} refuses ${question} (${status}): allow it where the socket is filtered`
  const word = /"message"\s*:\s*"((?:[^"\\]|\\.){1,300})/.exec(text)?.[1]
  return `Docker at ${title} answered ${question} with ${status}${word === undefined ? '' : `: ${word}`}`
}

/** A request as a person would name it. */
export function formatQuestion(path: string): string {
  return `GET ${path.replace(/\?.*$/, '')}`
}

function explain(endpoint: DockerEndpoint, error: NodeJS.ErrnoException): string {
  const isSocket = endpoint.kind === 'unix'
  switch (error.code) {
    case 'ENOENT':
      return 'there is no such socket; start Docker, or name its socket with --source docker=unix:///PATH'
    case 'EACCES':
      return 'this user may not open the socket; add it to the group docker, or run as root'
    case 'ECONNREFUSED':
      return isSocket ? 'nobody listens on the socket; start Docker' : 'nobody listens there; check host and port'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the name does not resolve; check the host'
    case 'ECONNRESET':
      return 'the connection broke off'
    default:
      return error.message
  }
}
