/**
 * Which certificates a connection trusts where nothing names others: those that Go's `x509.SystemCertPool` holds on
 * Linux (`SSL_CERT_FILE`, `SSL_CERT_DIR`, the distribution's). One rule for sources and sinks; the files are read by
 * the caller's hands.
 */
import type { Env } from './proxy.ts'

export interface CertificateFiles {
  /** Rejects if there is no such file, or it may not be read. */
  read(path: string): Promise<string>
  /** The names in a directory; rejects as `read` does. */
  list(directory: string): Promise<readonly string[]>
}

/** Where distributions keep their bundle, in the order in which Go looks (crypto/x509/root_linux.go). */
const bundleFiles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
]
const bundleDirectories = ['/etc/ssl/certs', '/etc/pki/tls/certs']

/**
 * Certificates as PEM, each once: of the first file that can be read and of all directories. `undefined` if there is
 * no bundle and the environment names none: then the caller trusts what its runtime brings along, since an image
 * without a bundle would trust nobody. Never rejects.
 */
export async function systemCertificates(
  env: Env,
  files: CertificateFiles,
): Promise<readonly string[] | undefined> {
  const file = env['SSL_CERT_FILE']
  const directories = env['SSL_CERT_DIR']
  const found = new Set<string>()
  for (const path of file ? [file] : bundleFiles) {
    const text = await files.read(path).catch(() => undefined)
    if (text === undefined) continue
    for (const certificate of certificatesIn(text)) found.add(certificate)
    break
  }
  for (const directory of directories ? directories.split(':') : bundleDirectories) {
    const names = await files.list(directory).catch(() => [])
    const texts = await Promise.all(names.map((name) => files.read(`${directory}/${name}`).catch(() => '')))
    for (const certificate of texts.flatMap(certificatesIn)) found.add(certificate)
  }
  return found.size === 0 && !file && !directories ? undefined : [...found]
}

/** The certificates of a PEM file, whatever else stands in it. Whether they parse is not looked at. */
export function certificatesIn(text: string): string[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  return blocks.map((block) => block.replaceAll('\r', ''))
}
