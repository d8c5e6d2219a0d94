/** Made-up events for tests of the journal. */
import type { KubernetesEvent } from '../../domain/event.ts'
import type { NewOccurrence, Occurrence } from '../../domain/occurrence.ts'
import type { SourceState } from '../../domain/source-journal.ts'
import type { SinkReader } from '../journal.ts'

/** The n-th event; about 1.2 KB of text, with letters of more than one byte and an escaped line break. */
export function eventNumber(n: number): KubernetesEvent {
  return {
    kind: 'Event',
    apiVersion: 'v1',
    metadata: {
      name: `web-${n}.17a9`,
      namespace: 'shop',
      uid: `0b7e${n.toString(16).padStart(8, '0')}`,
      resourceVersion: String(1000 + n),
      annotations: { note: `${'padding '.repeat(90)}${(n * 2654435761) % 4294967296}` },
    },
    involvedObject: { kind: 'Pod', namespace: 'shop', name: `web-${n % 7}`, uid: `pod-${n % 7}` },
    reason: 'BackOff',
    message: `Zurück, 退避\nnumber ${n}`,
    type: 'Warning',
    count: 1,
  }
}

export function occurrenceNumber(n: number): NewOccurrence {
  const event = eventNumber(n)
  return { event, raw: Buffer.from(JSON.stringify(event)) }
}

/** Events `from` to before `to`. */
export function occurrences(from: number, to: number): NewOccurrence[] {
  return Array.from({ length: to - from }, (_, index) => occurrenceNumber(from + index))
}

export function cursorAt(n: number): SourceState {
  return { cursor: String(1000 + n), serverIdentity: 'https://api.example.test' }
}

/** Everything that a reader gives from an offset on, and in how many pieces. */
export async function readAll(reader: SinkReader, fromOffset: number, maxCount = 500): Promise<Occurrence[]> {
  const all: Occurrence[] = []
  let from = fromOffset
  for (;;) {
    const some = await reader.read(from, maxCount, 1024 * 1024)
    const last = some.at(-1)
    if (last === undefined) return all
    all.push(...some)
    from = last.offset + 1
  }
}

export function textOfRaw(raw: Uint8Array): string {
  return Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('utf8')
}
