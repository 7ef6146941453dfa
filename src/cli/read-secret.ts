// A secret from whoever runs a command: typed without being shown, or one line of standard input.
import { text } from 'node:stream/consumers'
import type { ReadStream } from 'node:tty'

/** What is read from. */
export type SecretInput = NodeJS.ReadableStream & Partial<Pick<ReadStream, 'isTTY' | 'setRawMode' | 'isRaw'>>

/** Asks on a terminal; else takes all there is, without the end of its last line. `stop` is called at Ctrl-C. */
export async function readSecret(
  input: SecretInput,
  question: string,
  { say, stop }: { readonly say: (text: string) => void; readonly stop: () => void },
): Promise<string> {
  if (!input.isTTY) return (await text(input)).replace(/\r?\n$/, '')
  say(question)
  input.setRawMode?.(true)
  const typed = await readTyped(input)
  input.setRawMode?.(false)
  say('\n')
  if (typed === null) stop()
  return typed ?? ''
}

/** The characters up to Enter; null at Ctrl-C. */
function readTyped(input: SecretInput): Promise<string | null> {
  return new Promise((resolve) => {
    let typed = ''
    const end = (answer: string | null) => {
      input.off('data', onData)
      input.off('end', onEnd)
      input.pause()
      resolve(answer)
    }
    const onData = (piece: Buffer | string) => {
      const characters = [...piece.toString()]
      for (const [index, character] of characters.entries()) {
        if (character === '\u0003') return end(null)
        if (character === '\r' || character === '\n' || character === '\u0004') {
          end(typed)
          // What was typed ahead answers the next question.
          if (index + 1 < characters.length) input.unshift(characters.slice(index + 1).join(''))
          return
        }
        if (character === '\u007f' || character === '\b') typed = [...typed].slice(0, -1).join('')
        else typed += character
      }
    }
    const onEnd = () => end(typed)
    input.on('data', onData)
    input.on('end', onEnd)
    input.resume()
  })
}
