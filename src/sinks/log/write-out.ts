/** Writes to standard output and knows when it was taken. */

export interface Output {
  /** Resolves when the text was taken by the system; rejects with the system's error. */
  write(text: Uint8Array): Promise<void>
}

const watched = new WeakSet<NodeJS.WritableStream>()

/** Any writable stream as an output; the stream is never closed. */
export function outputTo(stream: NodeJS.WritableStream): Output {
  // Each write hears of its own error; without a listener the same error would end the process, also after the
  // sink was closed, since a stream reports a broken pipe when it gets to it.
  if (!watched.has(stream)) {
    watched.add(stream)
    stream.on('error', () => undefined)
  }
  return {
    write: (text) =>
      new Promise((resolve, reject) => {
        stream.write(text, (error) => (error ? reject(error) : resolve()))
      }),
  }
}
