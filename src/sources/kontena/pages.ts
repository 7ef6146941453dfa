// What a person sees in a browser where no service, or no server, can answer.

function renderPage(title: string, text: string): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width">',
    `<title>${title}</title>`,
    '<style>body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1rem;color:#333}</style>',
    `<h1>${title}</h1>`,
    `<p>${text}</p>`,
    '',
  ].join('\n')
}

export const HTML = 'text/html; charset=utf-8'

/** Of a service whose servers are all down, or that has none. */
export const UNAVAILABLE_PAGE = renderPage(
  'Service unavailable',
  'Nobody can answer right now. Please try again in a moment.',
)

/** Of a host and path that no service has. */
export const NO_SERVICE_PAGE = renderPage('No service here', 'Nothing is served at this address.')
