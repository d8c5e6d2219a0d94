/** The query of a send: the robot's token and, where its security settings ask for it, a signature of the moment. */
import { createHmac } from 'node:crypto'

/**
 * `access_token=…&sign=…&timestamp=…`, escaped as Go's `url.Values.Encode` does. The signature is
 * base64(HMAC-SHA256(key: secret, data: `<timestamp>\n<secret>`)), valid for an hour.
 * https://help.dingtalk.io/open/dingstart/customize-robot-security-settings
 */
export function robotQuery(accessToken: string, secret: string | undefined, nowMs: number): string {
  const token = `access_token=${escapeQuery(accessToken)}`
  if (secret === undefined) return token
  const timestamp = String(Math.floor(nowMs))
  return `${token}&sign=${escapeQuery(signatureOf(secret, timestamp))}&timestamp=${timestamp}`
}

/** The signature for `timestamp` (ms since 1970, in decimal), not escaped. */
export function signatureOf(secret: string, timestamp: string): string {
  return createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64')
}

/** As Go's `url.QueryEscape`: all but letters, digits and `-_.~`; a space is a plus. */
function escapeQuery(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
}
