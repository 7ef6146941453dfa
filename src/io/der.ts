// DER (X.690), in which certificates and requests for them are written: values made, and values read.

export const INTEGER = 0x02
export const BIT_STRING = 0x03
export const OCTET_STRING = 0x04
export const NULL = 0x05
export const OBJECT_ID = 0x06
export const UTF8_STRING = 0x0c
export const UTC_TIME = 0x17
export const GENERALIZED_TIME = 0x18
export const SEQUENCE = 0x30
export const SET = 0x31
/** A name in subjectAltName. */
export const DNS_NAME = 0x82

/** The bodies of the object identifiers that more than one file needs. */
export const ECDSA_WITH_SHA256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]
export const SUBJECT_ALTERNATIVE_NAME = [0x55, 0x1d, 0x11]

/** A value: its tag, its length, what is in it (64 KB at most). */
export function der(tag: number, ...parts: readonly (Buffer | readonly number[])[]): Buffer {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part)))
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.of(tag, ...size), content])
}

/** A value that was read. */
export type DerValue = { readonly tag: number; readonly content: Buffer }

/** The values that stand one after another in `bytes`, which OpenSSL has read before: nothing is checked again. */
export function readDer(bytes: Buffer): DerValue[] {
  const values: DerValue[] = []
  for (let at = 0; at + 2 <= bytes.length; ) {
    const tag = bytes.readUInt8(at)
    const first = bytes.readUInt8(at + 1)
    const sizeBytes = first < 0x80 ? 0 : first & 0x7f
    const length = sizeBytes === 0 ? first : bytes.readUIntBE(at + 2, sizeBytes)
    const start = at + 2 + sizeBytes
    values.push({ tag, content: bytes.subarray(start, start + length) })
    at = start + length
  }
  return values
}
