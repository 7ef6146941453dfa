// The id of a request: a trusted proxy's, or one of ours; for the server, the client and the access log.

/** Where it is kept; absent for pools that give none. */
export const REQUEST_ID = 'txn.id'

/** What is taken over: one word that can stand in a line of a log. */
const TAKEN = '^[A-Za-z0-9._:+/=@-]{1,128}$'

/** The first rules of a pool, so that what is refused after them has an id too. */
export function renderRequestId(): string[] {
  const given = 'req.fhdr(x-request-id)'
  return [
    `http-request set-var(${REQUEST_ID}) ${given} if { var(txn.trusted) -m bool } { req.fhdr_cnt(x-request-id) eq 1 } { ${given} -m reg ${TAKEN} }`,
    `http-request set-var(${REQUEST_ID}) uuid() unless { var(${REQUEST_ID}) -m found }`,
    `http-request set-header X-Request-Id %[var(${REQUEST_ID})]`,
    `http-after-response set-header X-Request-Id %[var(${REQUEST_ID})]`,
  ]
}
