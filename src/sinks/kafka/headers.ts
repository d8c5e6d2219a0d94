/** A message's headers in the form that they have in a record: the same for all messages of a sink, made once. */

/** Each name and value has fewer than 64 bytes, and there are fewer than 64: their lengths take one byte. */
export function encodedHeaders(headers: readonly (readonly [name: string, value: string])[]): Buffer {
  const texts = headers.flat().map((text) => Buffer.from(text))
  const isShort = [headers, ...texts].every(({ length }) => length < 64)
  if (!isShort) throw new RangeError('a header of 64 bytes or more')
  // A varint of Kafka's: twice the number.
  return Buffer.concat([
    Buffer.of(headers.length * 2),
    ...texts.flatMap((text) => [Buffer.of(text.length * 2), text]),
  ])
}
