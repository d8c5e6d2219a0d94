/** The certificates that an API server's is checked against where its cluster names no CA. */
import { readdir, readFile } from 'node:fs/promises'
import { rootCertificates } from 'node:tls'
import type { Env } from '../domain/proxy.ts'
import { systemCertificates } from '../domain/system-certificates.ts'

/** PEM. Never rejects: what cannot be read is not trusted. */
export async function systemTrust(env: Env): Promise<readonly string[]> {
  const found = await systemCertificates(env, { read: (path) => readFile(path, 'utf8'), list: readdir })
  return found ?? rootCertificates
}
