/**
 * Whom a TLS connection trusts and as whom it comes: the certificates that Go would use on Linux
 * (`SSL_CERT_FILE`, `SSL_CERT_DIR`, the system's), or those of the `ke.` options.
 */
import { X509Certificate } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { createSecureContext, rootCertificates } from 'node:tls'
import type { SecureContext } from 'node:tls'
import type { Env } from '../domain/proxy.ts'
import { certificatesIn, systemCertificates } from '../domain/system-certificates.ts'
import { present } from './present.ts'

/** TLS options of a sink: `ke.ca`, `ke.cert`, `ke.key`, `ke.serverName`, `ke.insecure`. */
export interface TlsOptions {
  /** Path of a PEM file: only these certificates are trusted, instead of the system's. */
  readonly ca?: string
  /** Path of the client's certificate (PEM); needs `key`. */
  readonly cert?: string
  /** Path of the client's key (PEM); needs `cert`. */
  readonly key?: string
  /** For a key that is encrypted. */
  readonly keyPassword?: string
  /** The name that the server's certificate must carry, where it is not the URL's host. */
  readonly serverName?: string
  /** Do not verify the server's certificate. */
  readonly insecure?: boolean
}

/** Those of a sink's options that say how it uses TLS. */
export function tlsOf(options: {
  readonly [Name in Exclude<keyof TlsOptions, 'keyPassword'>]?: TlsOptions[Name] | undefined
}): TlsOptions {
  const { ca, cert, key, serverName, insecure } = options
  return present({ ca, cert, key, serverName, insecure })
}

/**
 * Makes the context that all connections of a sink share. Throws an `Error` that names option and file where one
 * cannot be used.
 */
export async function loadSecureContext(options: TlsOptions, env: Env): Promise<SecureContext> {
  requirePair(options)
  const own = options.cert !== undefined || options.ca !== undefined
  if (!own && !options.insecure) return systemContext(env)
  const { ca, cert, key } = await loadTlsMaterial(options, env)
  try {
    const { keyPassword } = options
    const pair =
      cert && key ? { cert, key, ...(keyPassword === undefined ? {} : { passphrase: keyPassword }) } : {}
    return createSecureContext({ ca: [...ca], ...pair })
  } catch (error) {
    throw new Error(`the files of \`ke.cert\` and \`ke.key\` do not make a key pair: ${codeOf(error)}`, {
      cause: error,
    })
  }
}

/** PEM texts, for a client library that makes its own context. */
export interface TlsMaterial {
  /** Whom to trust; empty where nobody is verified. */
  readonly ca: readonly string[]
  readonly cert: string | undefined
  readonly key: string | undefined
}

/** What `loadSecureContext` makes its context of; throws as it does. */
export async function loadTlsMaterial(options: TlsOptions, env: Env): Promise<TlsMaterial> {
  requirePair(options)
  const cert = await readOption('cert', options.cert)
  const key = await readOption('key', options.key)
  return { ca: await trustedBy(options, env), cert, key }
}

function requirePair({ cert, key }: TlsOptions): void {
  if ((cert === undefined) === (key === undefined)) return
  const [given, missing] = cert === undefined ? ['key', 'cert'] : ['cert', 'key']
  throw new Error(`option \`ke.${given}\` needs \`ke.${missing}\`: give both or none`)
}

async function trustedBy(options: TlsOptions, env: Env): Promise<readonly string[]> {
  const text = await readOption('ca', options.ca)
  if (text === undefined) return options.insecure ? [] : systemTrust(env)
  const certificates = certificatesIn(text).filter(isCertificate)
  if (certificates.length === 0) {
    throw new Error(`option \`ke.ca\`: ${options.ca ?? ''} holds no certificate in PEM form`)
  }
  return certificates
}

async function readOption(name: string, path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new Error(`option \`ke.${name}\`: ${path} cannot be read (${codeOf(error)})`, { cause: error })
  }
}

const contexts = new Map<string, Promise<SecureContext>>()

/** The system's context is made once for all sinks: reading and parsing 150 certificates takes 20 ms. */
function systemContext(env: Env): Promise<SecureContext> {
  const key = `${env['SSL_CERT_FILE'] ?? ''}\n${env['SSL_CERT_DIR'] ?? ''}`
  let context = contexts.get(key)
  if (!context) {
    context = systemTrust(env).then((ca) => createSecureContext({ ca: [...ca] }))
    // A file that could not be read now may be there at the next try.
    context.catch(() => contexts.delete(key))
    contexts.set(key, context)
  }
  return context
}

/** What Go trusts, and what Node brings along where there is nothing of that. */
async function systemTrust(env: Env): Promise<readonly string[]> {
  const found = await systemCertificates(env, { read: (path) => readFile(path, 'utf8'), list: readdir })
  return found ?? rootCertificates
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined
  } catch {
    return false
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
}
