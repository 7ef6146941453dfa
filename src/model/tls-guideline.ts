// Mozilla's Server Side TLS guideline, version 6.0 of 2026, whose two configurations a port can have by name.
import type { TlsVersion } from './config.ts'

/** `modern`: TLS 1.3 alone. `intermediate`: TLS 1.2 too, for clients of the last ten years. */
export type TlsSettings = 'modern' | 'intermediate'

/** The oldest version that is spoken. */
export const VERSION_OF: Readonly<Record<TlsSettings, TlsVersion>> = { modern: '1.3', intermediate: '1.2' }

/** Where nobody states another. */
export const DEFAULT_TLS_SETTINGS: TlsSettings = 'intermediate'

/** Of TLS 1.2: each has forward secrecy and authenticates what it encrypts. All are strong, so the client chooses. */
export const GUIDELINE_CIPHERS = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
] as const

/** Of TLS 1.3. */
export const GUIDELINE_SUITES = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
] as const

/** What keys are exchanged with, the most wanted first: the first one holds against quantum computers too, and came with OpenSSL 3.5. */
export const GUIDELINE_CURVES = ['X25519MLKEM768', 'X25519', 'prime256v1', 'secp384r1'] as const
