/** What a command on a running program asks and is answered: HTTP with JSON bodies over its socket. */

export interface ControlRequest {
  readonly query: URLSearchParams
  /** The body's JSON; `undefined` without a body. */
  readonly body: unknown
}

export type Reply =
  | { readonly kind: 'json'; readonly body: unknown }
  /** What the command asked for cannot be had; `problem` says why and what to do. */
  | { readonly kind: 'refused'; readonly status: 400 | 404 | 409 | 503; readonly problem: string }
  /** Lines of NDJSON until the client has had enough. `start` answers what ends it. */
  | { readonly kind: 'stream'; readonly start: (lines: LineStream) => () => void }

export interface LineStream {
  /** A line without its line feed. False: the client does not keep up, so lines should be left out until `drained`. */
  write(line: string | Uint8Array): boolean
  /** Called each time the client has caught up. */
  onDrained(listener: () => void): void
}

/** One thing that a running program can be asked. */
export interface Route {
  readonly method: 'GET' | 'POST'
  /** With the protocol's version: `/v1/status`. */
  readonly path: string
  /** Of a request's body; else as much as numbers and names take. */
  readonly maxBodyBytes?: number
  answer(request: ControlRequest): Reply | Promise<Reply>
}

export function json(body: unknown): Reply {
  return { kind: 'json', body }
}

export function refused(status: 400 | 404 | 409 | 503, problem: string): Reply {
  return { kind: 'refused', status, problem }
}
