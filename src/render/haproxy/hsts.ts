// Browsers that are told to come by https alone: on answers over https, HAProxy's own ones of the pool included.
import { SELF_SIGNED_COMMON_NAME } from '../../model/certificate.ts'
import type { Listener } from '../../model/config.ts'
import { formatHsts, type Hsts } from '../../model/hsts.ts'
import { PARAMETER_MAPS } from './rows.ts'
import { renderWord } from './word.ts'

const SET = 'http-after-response set-header Strict-Transport-Security'

/** Not where the certificate is the one we made ourselves: whoever clicks past the warning should not be bound to it. */
const IS_TRUSTED = `!{ ssl_f_s_dn(cn) -m str "${SELF_SIGNED_COMMON_NAME}" }`

/** The line of a pool in a place of its own. */
export function renderHsts(hsts: Hsts): string[] {
  return [`${SET} ${renderWord(formatHsts(hsts))} if { ssl_fc } ${IS_TRUSTED}`]
}

/** The line of a listener that speaks TLS, for pools in places of the reserve: in each place it would cost HAProxy 3 kB. */
export function renderMappedHsts({ tls }: Pick<Listener, 'tls'>): string[] {
  const value = `be_name,map_str(${PARAMETER_MAPS.hsts})`
  return tls ? [`${SET} %[${value}] if { ${value} -m found } ${IS_TRUSTED}`] : []
}
