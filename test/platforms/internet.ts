/**
 * The platforms behind their real names: a forward proxy leads each host to its double, behind TLS where the URL says
 * https. So a documented example runs as it stands.
 */
import { makeCertificates } from '../../src/sink-kit/testing/certificates.ts'
import { startProxy } from '../../src/sink-kit/testing/forward-proxy.ts'
import { startReceiver } from '../../src/sink-kit/testing/http-receiver.ts'
import type { HttpReceiver, Received } from '../../src/sink-kit/testing/http-receiver.ts'
import type { PlatformDouble } from './double.ts'

export interface Internet {
  /** What a program needs to find the platforms and to trust them. */
  readonly env: Readonly<Record<string, string>>
  /** Requests so far, to whichever platform. */
  readonly requests: readonly Received[]
  close(): Promise<void>
}

/** Starts it; `doubles` are asked by the header `Host`. */
export async function startInternet(
  doubles: readonly PlatformDouble[],
  env: Readonly<Record<string, string>> = {},
): Promise<Internet> {
  const certificates = makeCertificates(doubles.map(({ host }) => host.replace(/:\d+$/, '')))
  const requests: Received[] = []
  const answerAt = (receiver: HttpReceiver): void =>
    receiver.reply((request) => {
      requests.push(request)
      const double = doubles.find(({ host }) => host === request.headers.host)
      return double ? double.receive(request) : { status: 502, body: 'no such host' }
    })
  const [plain, secure] = await Promise.all([startReceiver(), startReceiver(certificates.server)])
  answerAt(plain)
  answerAt(secure)
  const isSecure = (authority: string): boolean => authority.endsWith(':443')
  const proxy = await startProxy((authority) => (isSecure(authority) ? secure.host : plain.host))
  return {
    env: {
      TZ: 'UTC',
      HTTP_PROXY: `http://${proxy.host}`,
      HTTPS_PROXY: `http://${proxy.host}`,
      SSL_CERT_FILE: certificates.files.ca,
      SSL_CERT_DIR: certificates.directory,
      ...env,
    },
    requests,
    close: async () => {
      await Promise.all([proxy.close(), plain.close(), secure.close()])
      certificates.remove()
    },
  }
}
