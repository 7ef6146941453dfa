// How many connections a process may take with the open files it is allowed.

/** A connection through a proxy holds two files: the client's side and the server's. */
const FILES_PER_CONNECTION = 2

/** Listeners, sockets, threads' own files and a health check for each server: at least so many, then a tenth. */
const LEAST_RESERVED = 200
const RESERVED_SHARE = 0.1

/** Even the smallest process serves a few; below this HAProxy's own threads find no files left. */
const FEWEST = 4

/** Above this the tables HAProxy keeps per possible connection cost memory that nobody uses. */
const MOST = 200_000

/**
 * HAProxy's `maxconn` for a limit of open files (`ulimit -n`; Infinity where there is none). It does not depend on the
 * number of servers, so that adding one never asks for a reload; a tenth of the files is left to their health checks.
 * With more of those HAProxy goes on all the same (`no strict-limits`).
 */
export function connectionLimit(fileLimit: number): number {
  const reserved = Math.max(LEAST_RESERVED, fileLimit * RESERVED_SHARE)
  const fits = fileLimit === Infinity ? MOST : Math.floor((fileLimit - reserved) / FILES_PER_CONNECTION)
  return Math.min(MOST, Math.max(FEWEST, fits))
}
