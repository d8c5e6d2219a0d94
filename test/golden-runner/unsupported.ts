/** What the project cannot do yet, by what a recording is given. A version that learns something deletes its line. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Recording } from './wire/recording.ts'

interface Gap {
  /** Whether the recording needs it. */
  readonly needs: (recording: Recording) => boolean
  readonly why: string
}

const gaps: readonly Gap[] = [
  {
    needs: ({ answers }) => answers.some(({ fake }) => fake !== undefined && fake !== 'elasticsearch'),
    why: 'a small server in the place of the recorder is not supported yet',
  },
  {
    needs: (recording) => serverOf(recording) === 'MariaDB' && !isInstalled('mariadbd'),
    why: 'MariaDB (mariadbd) is not installed',
  },
  {
    needs: (recording) => serverOf(recording) === 'InfluxDB' && !isInstalled('influxd'),
    why: 'InfluxDB (influxd) is not installed',
  },
  {
    needs: ({ argv, requests }) =>
      (argv.some((argument) => argument.startsWith('--sink=webhook:https:')) ||
        requests.some(({ tlsError }) => tlsError)) &&
      !isInstalled('openssl'),
    why: 'openssl, which makes the certificates, is not installed',
  },
]

/** The real server that a recording tells the content of: its tests are those of `npm run test:servers`. */
export function serverOf(recording: object): 'MariaDB' | 'InfluxDB' | undefined {
  const tells = (...fields: readonly string[]): boolean => fields.some((field) => field in recording)
  if (tells('rows', 'ddl', 'statements')) return 'MariaDB'
  return tells('series', 'retentionPolicies') ? 'InfluxDB' : undefined
}

/** Everything that is missing for a recording to be run; empty if nothing is. */
export function missingFor(recording: Recording): string[] {
  return gaps.filter(({ needs }) => needs(recording)).map(({ why }) => why)
}

function isInstalled(command: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
