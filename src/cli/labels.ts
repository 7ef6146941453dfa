// Labels as options give them: key=value.
import { type Call, textsOption } from './call.ts'
import { RefusedInput } from './refusal.ts'

/** The labels of a call. Throws `RefusedInput` for a text without `=`. */
export function readLabels(call: Call): Record<string, string> {
  const pairs = textsOption(call, 'label').map((text) => {
    const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
    if (key !== undefined && value !== undefined) return [key, value]
    throw new RefusedInput('', [
      { path: '--label', message: `${JSON.stringify(text)} is not a label; write key=value` },
    ])
  })
  return Object.fromEntries(pairs)
}
