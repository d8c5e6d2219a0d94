/**
 * Percent-encoding by Go's rules, which differ by component. Works on byte strings (one character a byte), since
 * Go decides byte by byte and an escape may hold half a character.
 */

export type UrlComponent = 'path' | 'host' | 'zone' | 'userinfo' | 'query' | 'fragment'

/** A text that does not decode; Go refuses it. */
export type EscapeFault = 'invalid-escape' | 'invalid-host-character'

export type Unescaped =
  { readonly ok: true; readonly bytes: string } | { readonly ok: false; readonly fault: EscapeFault }

const unreserved = /[A-Za-z0-9\-_.~]/
const allowedBesides: Readonly<Record<UrlComponent, string>> = {
  path: '$&+,/:;=@',
  host: `!$&'()*+,;=:[]<>"`,
  zone: `!$&'()*+,;=:[]<>"`,
  userinfo: '$&+,;=',
  query: '',
  fragment: '$&+,/:;=?@!()*',
}

/** Follows `shouldEscape` of net/url. */
function mustEscape(byte: string, component: UrlComponent): boolean {
  return !unreserved.test(byte) && !allowedBesides[component].includes(byte)
}

/** Follows `escape` of net/url; a space becomes `%20` (`+` in a query). */
export function escapeBytes(bytes: string, component: UrlComponent): string {
  let escaped = ''
  for (const byte of bytes) {
    if (!mustEscape(byte, component)) escaped += byte
    else if (byte === ' ' && component === 'query') escaped += '+'
    else escaped += `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
  }
  return escaped
}

/** Follows `unescape` of net/url. */
export function unescapeBytes(text: string, component: UrlComponent): Unescaped {
  const isHost = component === 'host' || component === 'zone'
  let bytes = ''
  for (let at = 0; at < text.length; at++) {
    const byte = text.charAt(at)
    if (byte === '%') {
      const hex = text.slice(at + 1, at + 3)
      if (!/^[0-9A-Fa-f]{2}$/.test(hex)) return { ok: false, fault: 'invalid-escape' }
      const code = Number.parseInt(hex, 16)
      const decoded = String.fromCharCode(code)
      // A host may hide only bytes above ASCII behind `%`; a zone also what it could have written plainly.
      if (component === 'host' && code < 0x80 && hex !== '25') return { ok: false, fault: 'invalid-escape' }
      if (component === 'zone' && hex !== '25' && decoded !== ' ' && mustEscape(decoded, 'host')) {
        return { ok: false, fault: 'invalid-escape' }
      }
      bytes += decoded
      at += 2
    } else if (byte === '+' && component === 'query') {
      bytes += ' '
    } else if (isHost && byte.charCodeAt(0) < 0x80 && mustEscape(byte, component)) {
      return { ok: false, fault: 'invalid-host-character' }
    } else {
      bytes += byte
    }
  }
  return { ok: true, bytes }
}

/** Whether `text` is an encoding of a path or fragment that Go would leave as it is. */
export function isEncoded(text: string, component: 'path' | 'fragment'): boolean {
  for (const byte of text) {
    if (!"!$&'()*+,;=:@[]%".includes(byte) && mustEscape(byte, component)) return false
  }
  return true
}
