/**
 * The keys that a managed cluster mounts into its components, encrypted with a key that lies beside them: a file of JSON
 * that the cluster writes anew before its keys end.
 */
import { createDecipheriv } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { CloudError, recordOf } from './ask.ts'
import type { AlibabaCredentials } from './keys.ts'

/** `undefined` where there is no such file; throws a `CloudError` where it cannot be used. */
export async function fromTokenConfig(path: string): Promise<AlibabaCredentials | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new CloudError(`${path} cannot be read (${code})`, false)
  }
  const config = recordOf(text)
  const value = (name: string): string => {
    const given = config[name]
    if (typeof given === 'string' && given !== '') return given
    throw new CloudError(`${path} has no \`${name}\``, false)
  }
  const keyring = Buffer.from(value('keyring'))
  const plain = (name: string): string => {
    const decrypted = decrypt(value(name), keyring)
    if (decrypted !== undefined && decrypted !== '') return decrypted
    throw new CloudError(`${path}: its keyring does not open \`${name}\``, false)
  }
  const endsAtMs = Date.parse(value('expiration'))
  if (Number.isNaN(endsAtMs)) throw new CloudError(`${path}: its expiration is no time`, false)
  return {
    accessKeyId: plain('access.key.id'),
    accessKeySecret: plain('access.key.secret'),
    securityToken: plain('security.token'),
    endsAtMs,
  }
}

const ciphers: Readonly<Record<number, string>> = { 16: 'aes-128-cbc', 24: 'aes-192-cbc', 32: 'aes-256-cbc' }
const blockBytes = 16

/** Base64 of an initialisation vector and what AES in CBC mode made of the text; `undefined` where it is no such. */
function decrypt(text: string, key: Buffer): string | undefined {
  const cipher = ciphers[key.length]
  const data = Buffer.from(text, 'base64')
  if (cipher === undefined || data.length < 2 * blockBytes) return undefined
  try {
    const decipher = createDecipheriv(cipher, key, data.subarray(0, blockBytes))
    return Buffer.concat([decipher.update(data.subarray(blockBytes)), decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}
