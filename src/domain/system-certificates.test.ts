/** Where the trusted certificates come from: what Go reads, in its order. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { systemCertificates, type CertificateFiles } from './system-certificates.ts'

const pem = (content: string): string => `-----BEGIN CERTIFICATE-----\n${content}\n-----END CERTIFICATE-----`

function filesOf(contents: Readonly<Record<string, string>>): CertificateFiles {
  return {
    read: async (path) => {
      const text = contents[path]
      if (text === undefined) throw new Error(`no file ${path}`)
      return text
    },
    list: async (directory) => {
      const names = Object.keys(contents)
        .filter((path) => path.startsWith(`${directory}/`))
        .map((path) => path.slice(directory.length + 1))
      if (names.length === 0) throw new Error(`no directory ${directory}`)
      return names
    },
  }
}

describe('the trusted certificates', () => {
  const distribution = {
    '/etc/pki/tls/certs/ca-bundle.crt': `# One\n${pem('one')}\n# Two\r\n${pem('two').replaceAll('\n', '\r\n')}\n`,
    '/etc/ssl/cert.pem': pem('never'),
    '/etc/ssl/certs/0a1b2c3d.0': pem('one'),
    '/etc/ssl/certs/README': 'not a certificate',
    '/etc/ssl/certs/three.pem': pem('three'),
  }

  it('are those of the first bundle and of all directories, each once', async () => {
    assert.deepEqual(await systemCertificates({}, filesOf(distribution)), [
      pem('one'),
      pem('two'),
      pem('three'),
    ])
  })

  const own = { ...distribution, '/own/ca.pem': pem('own'), '/a/x.pem': pem('a'), '/b/x.pem': pem('b') }

  it('come from SSL_CERT_FILE instead of the bundle, and the directories still', async () => {
    const found = await systemCertificates({ SSL_CERT_FILE: '/own/ca.pem' }, filesOf(own))
    assert.deepEqual(found, [pem('own'), pem('one'), pem('three'), pem('two')])
  })

  it('come from SSL_CERT_DIR, several between colons, and the bundle still', async () => {
    const found = await systemCertificates({ SSL_CERT_DIR: '/a:/nowhere:/b' }, filesOf(own))
    assert.deepEqual(found, [pem('one'), pem('two'), pem('a'), pem('b')])
  })

  it('are none where the environment names what is not there', async () => {
    assert.deepEqual(
      await systemCertificates({ SSL_CERT_FILE: '/gone', SSL_CERT_DIR: '/gone' }, filesOf({})),
      [],
    )
  })

  it("are the caller's own where the system has none", async () => {
    assert.equal(await systemCertificates({ SSL_CERT_FILE: '' }, filesOf({})), undefined)
  })
})
