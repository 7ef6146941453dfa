// A path nobody answers: the method that would have been right, or the nearest path there is.
import { findNearest } from '../spec/nearest.ts'
import { type Answer, refuse, refuseNotFound } from './answer.ts'
import type { Method } from './route.ts'

export type Place = { readonly method: Method; readonly url: string }

/** 405 with the methods allowed there, else 404 with the nearest path. `path` is without its query. */
export function refusePath(method: string, path: string, places: readonly Place[]): Answer {
  const given = path.split('/').filter(Boolean)
  const here = places.filter(({ url }) => isAt(given, url))
  if (here.length > 0) {
    const allowed = here.map((place) => place.method).join(', ')
    const sentence = `${method} is not possible at ${shorten(path)}; possible: ${allowed}`
    return { ...refuse(405, 'method_not_allowed', sentence), headers: { allow: allowed } }
  }
  const near = findNearest(`/${given.join('/')}`, [...new Set(places.map(({ url }) => fillIn(url, given)))])
  const hint = near ? `did you mean ${shorten(near)}?` : 'GET /openapi.json lists every path'
  return refuseNotFound(`there is nothing at ${shorten(path)}; ${hint}`)
}

function isAt(given: readonly string[], url: string): boolean {
  const pattern = url.split('/').filter(Boolean)
  return (
    pattern.length === given.length && pattern.every((part, index) => part.startsWith(':') || part === given[index])
  )
}

/** A route's path with what was given in the places of its parameters, so that only the fixed words are compared. */
function fillIn(url: string, given: readonly string[]): string {
  const pattern = url.split('/').filter(Boolean)
  return `/${pattern.map((part, index) => (part.startsWith(':') ? (given[index] ?? part) : part)).join('/')}`
}

function shorten(path: string): string {
  return path.length > 100 ? `${path.slice(0, 99)}…` : path
}
