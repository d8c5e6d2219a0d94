/** Signs requests for clusters of AWS (Signature Version 4), where the original does. */
import { createHash } from 'node:crypto'
import type { Clock } from '../../domain/clock.ts'
import type { Env } from '../../domain/proxy.ts'
import { splitHost, splitUrl } from '../../sink-kit/raw-url.ts'
import type { AwsCredentialSource } from './aws-credentials.ts'
import type { Authorize } from './nodes.ts'

/** What a signature is for. */
export interface AwsScope {
  readonly service: string
  readonly region: string
}

/** Imports the library when it is called, once. */
export async function awsSigner(
  credentials: AwsCredentialSource,
  env: Env,
  clock: Clock,
): Promise<Authorize> {
  const { AwsV4Signer } = await import('aws4fetch')
  const keys = new Map<string, ArrayBuffer>()
  return async ({ method, path, headers = [], body }, url) => {
    const { accessKeyId, secretAccessKey, sessionToken } = await credentials.get()
    const signer = new AwsV4Signer({
      method,
      url: `${url}${path}`,
      headers: [
        ...headers
          .filter(([name]) => name.toLowerCase() === 'content-type')
          .map(([name, value]) => [name, value] as [string, string]),
        [
          'X-Amz-Content-Sha256',
          createHash('sha256')
            .update(body ?? '')
            .digest('hex'),
        ],
      ],
      // Its hash stands in the header.
      body: null,
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
      ...scopeOf(url, env),
      cache: keys,
      datetime: new Date(clock.wallMs()).toISOString().replace(/[:-]|\.\d{3}/g, ''),
      allHeaders: true,
    })
    const signed = (await signer.sign()).headers
    return signedNames
      .map((name) => [name, signed.get(name) ?? ''] as const)
      .filter(([, value]) => value !== '')
  }
}

const signedNames = ['Authorization', 'X-Amz-Content-Sha256', 'X-Amz-Date', 'X-Amz-Security-Token'] as const

/** Told by the host of a cluster of AWS: `search-events-x1.eu-west-1.es.amazonaws.com`; else by the environment. */
export function scopeOf(url: string, env: Env): AwsScope {
  const { hostname } = splitHost(splitUrl(url)?.host ?? '', 'https')
  const [, region, service] = /\.([a-z0-9-]+)\.(es|aoss)\.amazonaws\.com(?:\.cn)?$/.exec(hostname) ?? []
  if (region !== undefined && service !== undefined) return { region, service }
  // An address names neither. What the original's library takes for them there is kept: stand-ins look at it.
  const [, first, second] = /^(\d+)\.(\d+)\.\d+\.\d+$/.exec(hostname) ?? []
  if (first !== undefined && second !== undefined) return { region: second, service: first }
  return { region: env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || 'us-east-1', service: 'es' }
}

/** A cluster of AWS, by its host. */
export function isAwsHost(url: string): boolean {
  return /\.amazonaws\.com(?:\.cn)?$/.test(splitHost(splitUrl(url)?.host ?? '', 'https').hostname)
}

/** As the original decides it: any key of AWS in the environment. */
export function hasAwsKeys(env: Env): boolean {
  return ['AWS_ACCESS_KEY_ID', 'AWS_ACCESS_KEY', 'AWS_SECRET_ACCESS_KEY', 'AWS_SECRET_KEY'].some(
    (name) => env[name],
  )
}
