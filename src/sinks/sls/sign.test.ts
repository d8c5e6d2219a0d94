/** Signatures, held against those that Alibaba Cloud's own clients are tested with, and against recorded ones. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import type { Header } from './sign.ts'
import { signatureV1, signatureV4, signedHeaders } from './sign.ts'
import { encodeLogGroup } from './testing/log-group-message.ts'
import type { LogGroup } from './testing/log-group-message.ts'

interface Golden {
  readonly requests: readonly {
    readonly headers: Readonly<Record<string, string>>
    readonly logGroup: LogGroup
  }[]
  readonly varying: readonly { readonly placeholder: string; readonly recorded: string }[]
}

describe('a signature of version 4', () => {
  it("is that of aliyun-log-go-sdk's test TestSignV4Case2", () => {
    // SHA-256 of its body, `adasd= -asd zcas`.
    const bodyHash = 'c7a4fd95f1d70933caf91641e8000768cea86100dc5649fd4f16fead718a62e4'
    const at = '20220808T032330Z'
    const headers: Header[] = [
      ['x-log-date', at],
      ['x-log-content-sha256', bodyHash],
    ]
    assert.deepEqual(
      signatureV4(
        { method: 'POST', path: '/logstores', headers, bodyHash },
        at,
        'cn-shanghai',
        'zxasdasdasw2',
      ),
      {
        signature: '8a10a5e723cb2e75964816de660b2c16a58af8bc0261f7f0722d832468c76ce8',
        scope: '20220808/cn-shanghai/sls/aliyun_v4_request',
      },
    )
  })

  it('is the one that kube-eventer sent', () => {
    const file = new URL('../../../test/golden/wire/ke-sls-public-endpoint.json', import.meta.url)
    const { requests, varying }: Golden = JSON.parse(readFileSync(file, 'utf8'))
    const [request] = requests
    assert.ok(request)
    const recorded = (placeholder: string): string =>
      varying.find((one) => one.placeholder === placeholder)?.recorded ?? ''
    const bodyHash = recorded('<sha256>')
    const at = recorded('<now-iso-basic>')
    const headers: Header[] = [
      ['content-type', 'application/x-protobuf'],
      ['host', request.headers['Host'] ?? ''],
      ['x-log-apiversion', '0.6.0'],
      ['x-log-bodyrawsize', String(encodeLogGroup(request.logGroup).length)],
      ['x-log-compresstype', 'lz4'],
      ['x-log-content-sha256', bodyHash],
      ['x-log-date', at],
    ]
    const signable = { method: 'POST', path: '/logstores/wire-store', headers, bodyHash }
    const { signature } = signatureV4(signable, at, 'cn-test', 'AKSECRET')
    assert.equal(`Signature=${signature}`, recorded('<signature>'))
  })
})

describe('a signature of version 1', () => {
  const common: readonly Header[] = [
    ['x-log-apiversion', '0.6.0'],
    ['x-log-signaturemethod', 'hmac-sha1'],
  ]

  it("is that of aliyun-log-go-sdk's tests TestSignatureGet and TestSignaturePost", () => {
    const date = 'Mon, 3 Jan 2010 08:33:47 GMT'
    const secret = 'mockAccessKeySecret'
    const get: Header[] = [...common, ['x-log-bodyrawsize', '0']]
    assert.equal(
      signatureV1({ method: 'GET', path: '/logstores', headers: get }, date, secret),
      'Rwm6cTKzoti4HWoe+GKcb6Kv07E=',
    )
    const post: Header[] = [
      ...common,
      ['x-log-bodyrawsize', '50'],
      ['content-md5', '8D6881250FF5559F59BBDF04100F6E59'],
      ['content-type', 'application/x-protobuf'],
    ]
    assert.equal(
      signatureV1({ method: 'GET', path: '/logstores/app_log', headers: post }, date, secret),
      '87xQWqFaOSewqRIma8kPjGYlXHc=',
    )
  })

  it("is that of aliyun-log-nodejs-sdk's test of a POST", () => {
    const headers: Header[] = [
      ...common,
      ['content-md5', '1DD45FA4A70A9300CC9FE7305AF2C494'],
      ['content-length', '52'],
      ['content-type', 'application/x-protobuf'],
      ['x-log-bodyrawsize', '50'],
      ['x-log-compresstype', 'lz4'],
    ]
    assert.equal(
      signatureV1(
        { method: 'POST', path: '/logstores/test-logstore', headers },
        'Mon, 09 Nov 2015 06:03:03 GMT',
        '4fdO2fTDDnZPU/L7CHNdemB2Nsk=',
      ),
      'XWLGYHGg2F2hcfxWxMLiNkGki6g=',
    )
  })
})

describe('the headers of a signed request', () => {
  const request = {
    method: 'POST',
    host: 'shop.cn-hangzhou.log.aliyuncs.com',
    path: '/logstores/events',
    headers: [['content-type', 'application/x-protobuf']] as const,
    body: Buffer.from('body'),
  }
  const nowMs = Date.UTC(2024, 4, 6, 9, 30, 15, 250)

  it('carry the time, the hash of the body and the token that belongs to the keys, in each version', () => {
    const credentials = { accessKeyId: 'id', accessKeySecret: 'secret', securityToken: 'token' }
    const v4 = new Map(signedHeaders(request, credentials, 'v4', 'cn-hangzhou', nowMs))
    assert.equal(v4.get('x-log-date'), '20240506T093015Z')
    assert.equal(v4.get('x-acs-security-token'), 'token')
    assert.equal(
      v4.get('x-log-content-sha256'),
      '230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5',
    )
    assert.match(
      v4.get('authorization') ?? '',
      /^SLS4-HMAC-SHA256 Credential=id\/20240506\/cn-hangzhou\/sls\/aliyun_v4_request,Signature=[0-9a-f]{64}$/,
    )
    const v1 = new Map(signedHeaders(request, credentials, 'v1', '', nowMs))
    assert.equal(v1.get('date'), 'Mon, 06 May 2024 09:30:15 GMT')
    assert.equal(v1.get('content-md5'), '841A2D689AD86BD1611447453C22C6FC')
    assert.equal(v1.get('x-acs-security-token'), 'token')
    assert.match(v1.get('authorization') ?? '', /^LOG id:[\w+/]{27}=$/)
  })

  it('say nothing of a body that there is not, in version 1', () => {
    const credentials = { accessKeyId: 'id', accessKeySecret: 'secret' }
    const headers = new Map(
      signedHeaders({ ...request, headers: [], body: Buffer.alloc(0) }, credentials, 'v1', '', nowMs),
    )
    assert.deepEqual([...headers.keys()].toSorted(), ['authorization', 'date', 'x-log-signaturemethod'])
  })
})
