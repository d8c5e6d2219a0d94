/** The kit's options, names and helpers of text. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as z from 'zod/mini'
import { kitSchema, paceWith, unusedOptions } from './kit-options.ts'
import { escapeJsonText } from './json-text.ts'
import { nameSinks } from './name.ts'
import { nearest } from './nearest.ts'
import { displayUrl, redactUrlsIn, redactorFor } from './secrets.ts'
import { splitArgument } from './split-argument.ts'
import { sinkArgument } from './testing/sink-world.ts'

const noFile = (path: string): string => {
  throw Object.assign(new Error(path), { code: 'ENOENT' })
}
const split = (query: string, read = noFile) =>
  splitArgument(sinkArgument(`webhook:https://h.example.test/p%2Fq?${query}`), read)

describe('splitting an argument', () => {
  it('takes out every ke. option and leaves the rest as written', () => {
    const { kit, own, problems } = split('a=%E4&ke.name=n&b=1+2&;c&%6be.timeout=5s&a')
    assert.deepEqual(problems, [])
    assert.deepEqual(kit, { name: 'n', timeout: 5_000 })
    assert.equal(own.url, 'https://h.example.test/p%2Fq?a=%E4&b=1+2&;c&a')
    assert.ok(own.query.every(([name]) => !name.startsWith('ke.')))
  })

  it('leaves no question mark where nothing stays', () => {
    assert.equal(split('ke.name=n').own.url, 'https://h.example.test/p%2Fq')
    assert.equal(splitArgument(sinkArgument('log:?ke.format=original')).own.url, '')
  })

  it('reads every option', () => {
    const { kit, problems } = split(
      'ke.retryFor=journal&ke.linger=0s&ke.batchCount=10&ke.batchBytes=1000&ke.concurrency=3&ke.ca=/ca&ke.cert=/c' +
        '&ke.key=/k&ke.serverName=s&ke.insecure=T&ke.platform=lark&ke.escape=none&ke.forwardOptions=false&ke.format=f',
    )
    assert.deepEqual(problems, [])
    assert.deepEqual(kit, {
      retryFor: 'journal',
      linger: 0,
      batchCount: 10,
      batchBytes: 1_000,
      concurrency: 3,
      ca: '/ca',
      cert: '/c',
      key: '/k',
      serverName: 's',
      insecure: true,
      platform: 'feishu',
      escape: 'none',
      forwardOptions: false,
      format: 'f',
    })
  })

  for (const [query, what, remedy] of [
    ['ke.timeut=5s', /no option `ke\.timeut`/, /meant: `ke\.timeout`\?/],
    ['ke.Name=n', /no option `ke\.Name`/, /meant: `ke\.name`\?/],
    ['ke.zzzzzz=1', /no option `ke\.zzzzzz`/, /remove it/],
    ['ke.reason=x', /no option `ke\.reason`/, /to leave events out write `ke\.reason!=…`/],
    ['ke.mesage=x', /no option `ke\.mesage`/, /meant: `ke\.message`\?/],
    ['ke.reason!=', /`ke\.reason!` is empty, which would leave out every event/, /remove it/],
    ['ke.message=', /`ke\.message` is empty, which would let every event pass/, /remove it/],
    ['ke.clusterScoped=perhaps', /is neither true nor false/, /correct/],
    ['ke.clusterScoped=1&ke.clusterScoped=1', /is given twice/, /keep one/],
    ['ke.template=', /`ke\.template=` is empty/, /correct/],
    ['ke.timeout=5', /`ke\.timeout=5` is no duration/, /correct/],
    ['ke.timeout=0s', /is not between 1ms and 1h/, /correct/],
    ['ke.retryFor=0s', /is neither a duration/, /correct/],
    ['ke.linger=-1s', /is below zero/, /correct/],
    ['ke.concurrency=0', /is no whole number from 1/, /correct/],
    ['ke.concurrency=1e1', /is no whole number from 1/, /correct/],
    ['ke.insecure=yes', /is neither true nor false/, /correct/],
    ['ke.platform=irc', /is none of dingtalk, wecom/, /correct/],
    ['ke.name=', /is empty/, /correct/],
    ['ke.name=a&ke.name=b', /is given twice/, /keep one/],
    ['ke.file.key=/nowhere', /`ke\.file\.key`: \/nowhere cannot be read \(ENOENT\)/, /mount the file/],
    ['ke.file.=/x', /names no option/, /ke\.file\.<option>/],
  ] as const) {
    it(`finds fault with ${query}`, () => {
      const { problems } = split(query)
      assert.equal(problems.length, 1)
      assert.match(problems[0]?.what ?? '', what)
      assert.match(problems[0]?.remedy ?? '', remedy)
    })
  }

  it('keeps what is right beside what is wrong', () => {
    assert.deepEqual(split('ke.timeout=x&ke.name=n').kit, { name: 'n' })
  })

  it('reads the value of an option from a file, without its last line break', () => {
    const { own, kit, problems } = split('x=1&ke.file.key=/run/key&ke.file.ke.name=/run/name', (path) =>
      path === '/run/key' ? 'a&b=ü\n' : 'alerts\r\n',
    )
    assert.deepEqual(problems, [])
    assert.equal(own.url, 'https://h.example.test/p%2Fq?x=1&key=a%26b%3D%C3%BC')
    assert.deepEqual(own.query.at(-1), ['key', 'a&b=ü'])
    assert.equal(kit.name, 'alerts')
  })
})

describe('the kit', () => {
  it('sets the pace as told', () => {
    const pace = {
      concurrency: 16,
      batchCount: 1,
      batchBytes: 9,
      lingerMs: 0,
      timeoutMs: 10,
      retryForMs: 'journal',
    } as const
    assert.deepEqual(paceWith(pace, {}), pace)
    assert.deepEqual(paceWith(pace, { concurrency: 2, retryFor: 5, linger: 7 }), {
      ...pace,
      concurrency: 2,
      retryForMs: 5,
      lingerMs: 7,
    })
  })

  it('refuses options that a sink would ignore', () => {
    assert.deepEqual(unusedOptions({ name: 'n', ca: '/ca', format: 'x' }, ['format']), [
      'option `ke.ca` has no meaning for this sink: remove it',
    ])
  })

  it('takes plain values too, as YAML has them', () => {
    assert.deepEqual(z.parse(kitSchema, { concurrency: 3, insecure: true, timeout: '5s' }), {
      concurrency: 3,
      insecure: true,
      timeout: 5_000,
    })
  })
})

describe('a derived name', () => {
  const salt = Buffer.from('salt')
  const hook = { type: 'webhook', host: 'h.example.test', endpoint: 'webhook:https://h.example.test/canary' }

  it('has type, host and a keyed hash of the whole endpoint', () => {
    const [name] = nameSinks([hook], salt)
    assert.match(name ?? '', /^webhook-h\.example\.test-[0-9a-f]{6}$/)
    assert.notEqual(nameSinks([hook], Buffer.from('other'))[0], name)
    assert.notEqual(nameSinks([{ ...hook, endpoint: `${hook.endpoint}2` }], salt)[0], name)
    assert.match(nameSinks([{ type: 'log', host: '', endpoint: 'log' }], salt)[0] ?? '', /^log-[0-9a-f]{6}$/)
  })

  it('counts equals in order, and keeps clear of given ones', () => {
    const [name = ''] = nameSinks([hook], salt)
    assert.deepEqual(nameSinks([hook, hook, hook], salt), [name, `${name}#2`, `${name}#3`])
    assert.deepEqual(nameSinks([hook, { ...hook, givenName: name }, { ...hook, givenName: 'mine' }], salt), [
      `${name}#2`,
      name,
      'mine',
    ])
  })
})

describe('secrets', () => {
  for (const [url, shown] of [
    ['https://hooks.example.test/T0/B0/canary', 'https://hooks.example.test/…'],
    ['https://u:p@hooks.example.test:8443?key=canary', 'https://hooks.example.test:8443/…'],
    ['HTTP://hooks.example.test', 'http://hooks.example.test'],
    ['http://hooks.example.test/#canary', 'http://hooks.example.test'],
    ['/canary', '…'],
  ] as const) {
    it(`${url} is shown as ${shown}`, () => assert.equal(displayUrl(url), shown))
  }

  it('are looked for in time that grows with the text, not with its square', () => {
    // Seconds, if every letter were taken for the beginning of a URL.
    const text = 'x'.repeat(200_000)
    assert.equal(redactUrlsIn(`${text} http://h.example.test/canary`), `${text} http://h.example.test/…`)
  })

  it('are cut out of texts', () => {
    assert.equal(
      redactUrlsIn('POST "https://u:p@h.example.test/canary?k=v": refused; see http://x.test/y.'),
      'POST "https://h.example.test/…": refused; see http://x.test/…',
    )
    const redact = redactorFor('https://us%65r:p%40ssword@h.example.test/robots/can%61ry?key=se+cret', [
      'Bearer tok"en',
    ])
    const basic = Buffer.from('user:p@ssword').toString('base64')
    assert.equal(
      redact(`canary can%61ry se+cret se cret p@ssword ${basic} tok"en ${JSON.stringify('tok"en')} fine`),
      '… … … … … … … "…" fine',
    )
  })
})

describe('nearest', () => {
  it('finds what was meant, and nothing where all is far', () => {
    assert.equal(nearest('levle', ['level', 'label']), 'level')
    assert.equal(nearest('x', ['level']), undefined)
    assert.equal(nearest('a', []), undefined)
  })
})

describe('text in JSON', () => {
  it('stays as it is but for quotes, backslashes and control characters', () => {
    for (const text of ['', "<a href='x'>&amp; 中 🚀 \u007f\u2028 %s ${x}"])
      assert.equal(escapeJsonText(text), text)
    for (const text of ['"', '\\', 'a\nb\tc\r\u0000\u001b"\\u0041', 'bell\u0007']) {
      assert.equal(JSON.parse(`"${escapeJsonText(text)}"`), text)
    }
  })
})
