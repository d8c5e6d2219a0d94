/** Certificates made for one test with openssl: a CA, and what it signs. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Issued {
  readonly cert: string
  readonly key: string
  readonly certPath: string
  readonly keyPath: string
}

export interface TestCa {
  readonly directory: string
  readonly cert: string
  readonly certPath: string
  /** `names` as openssl writes them: `DNS:kubernetes.default`, `IP:127.0.0.1`. */
  issue(commonName: string, names: readonly string[]): Issued
}

export const haveOpenssl = spawnSync('openssl', ['version']).status === 0

/** In a directory of its own, which the caller removes. */
export function newCa(): TestCa {
  const directory = mkdtempSync(join(tmpdir(), 'source-tls-'))
  const path = (name: string): string => join(directory, name)
  const openssl = (...groups: readonly (readonly string[])[]): void => {
    execFileSync('openssl', groups.flat(), { stdio: 'pipe' })
  }
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  openssl(['req', '-x509', '-subj', '/CN=test-ca', '-days', '2'], newKey, [
    '-keyout',
    path('ca.key'),
    '-out',
    path('ca.crt'),
  ])
  return {
    directory,
    cert: readFileSync(path('ca.crt'), 'utf8'),
    certPath: path('ca.crt'),
    issue: (commonName, names) => {
      const keyPath = path(`${commonName}.key`)
      const certPath = path(`${commonName}.crt`)
      const request = path(`${commonName}.csr`)
      const extensions = path(`${commonName}.ext`)
      writeFileSync(extensions, names.length === 0 ? '' : `subjectAltName=${names.join(',')}\n`)
      openssl(['req', '-subj', `/CN=${commonName}`], newKey, ['-keyout', keyPath, '-out', request])
      openssl(
        ['x509', '-req', '-in', request, '-CA', path('ca.crt'), '-CAkey', path('ca.key')],
        ['-CAcreateserial', '-days', '2', '-extfile', extensions, '-out', certPath],
      )
      return { cert: readFileSync(certPath, 'utf8'), key: readFileSync(keyPath, 'utf8'), certPath, keyPath }
    },
  }
}
