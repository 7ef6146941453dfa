// SSL_CERTS and SSL_CERT_*: PEM texts of a load balancer's certificates, each with the name a person knows it by.

/** One certificate with its chain and key, as it stands in the variable. */
export type Bundle = { readonly title: string; readonly pem: string }

/** The variables that certificates stand in. */
export function isCertificateVariable(name: string): boolean {
  return name === 'SSL_CERTS' || /^SSL_CERT_./.test(name)
}

/** Each bundle ends with its key: those of SSL_CERTS in their order, then one of each SSL_CERT_ by its name. */
export function readBundles(environment: Readonly<Record<string, string>>): Bundle[] {
  const pieces = (environment['SSL_CERTS'] ?? '').split(/(?<=-----END [A-Z0-9 ]*PRIVATE KEY-----)/)
  // What stands after the last key is a bundle without one, and is told as that; empty lines are nothing.
  const listed = pieces.filter((piece) => piece.trim() !== '')
  const named = Object.keys(environment)
    .filter((name) => name !== 'SSL_CERTS' && isCertificateVariable(name))
    .filter((name) => environment[name]?.trim() && !isOfOpenssl(name, environment[name]))
    .sort()
  return [
    ...listed.map((pem, index) => ({ title: `certificate ${index + 1} of SSL_CERTS`, pem: withLineBreaks(pem) })),
    ...named.map((name) => ({ title: name, pem: withLineBreaks(environment[name] ?? '') })),
  ]
}

/** Many images say by these two where OpenSSL finds those it trusts. */
function isOfOpenssl(name: string, value: string): boolean {
  return (name === 'SSL_CERT_DIR' || name === 'SSL_CERT_FILE') && !value.includes('-----BEGIN')
}

/** In an env_file a PEM text is one line with \n in it. */
function withLineBreaks(pem: string): string {
  return pem.replaceAll('\\n', '\n')
}
