/** What can keep the program from starting here, each with a text that says what to do; anything else is a defect. */
import { RecordingError } from '../recording/recording.ts'
import { ApiTokenError } from '../http/api.ts'
import { HttpListenError } from '../http/listen-error.ts'
import { JournalError } from '../journal/error.ts'
import { SourceConfigError } from '../kubernetes/source-config-error.ts'
import { StrictStartError, TemplateRefusedError } from './strict.ts'

export function isExpectedStartError(error: unknown): error is Error {
  return [
    ApiTokenError,
    HttpListenError,
    JournalError,
    RecordingError,
    SourceConfigError,
    StrictStartError,
    TemplateRefusedError,
  ].some((kind) => error instanceof kind)
}
