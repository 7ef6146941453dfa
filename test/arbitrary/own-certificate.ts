// What is known of certificates where nobody has one but the daemon, which made its own.
import { formatSource, type KnownCertificate, SELF_SIGNED, SELF_SIGNED_NAME } from '../../src/model/certificate.ts'

const OWN: KnownCertificate = {
  keys: [
    {
      keyType: 'ecdsa',
      digest: 'self-signed',
      fingerprint: 'AB',
      names: [SELF_SIGNED_NAME],
      notBefore: '2020-01-01T00:00:00.000Z',
      notAfter: '2050-01-01T00:00:00.000Z',
      issuer: '',
    },
  ],
  trouble: null,
  remarks: [],
}

/** Of certificates only the daemon's own is there. */
export const OWN_CERTIFICATE: ReadonlyMap<string, KnownCertificate> = new Map([[formatSource(SELF_SIGNED), OWN]])
