/** The Dockerfile says what `npm run image` does, where it has to say it again. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { readImageConfig } from '../../scripts/image-oci.ts'
import { readParts } from '../../scripts/image-parts.ts'
import { pathsInContext, readDockerfile } from './dockerfile.ts'
import type { Instruction } from './dockerfile.ts'

const root = join(import.meta.dirname, '..', '..')

describe('the Dockerfile', () => {
  const [build, image, ...more] = readDockerfile()
  assert.ok(build && image && more.length === 0)
  const all = (keyword: string): Instruction[] =>
    image.instructions.filter((instruction) => instruction.keyword === keyword)
  const texts = (keyword: string): string[] => all(keyword).map(({ text }) => text)

  it('begins with nothing, and copies only what the build has put together', () => {
    assert.equal(image.base, 'scratch')
    assert.ok(all('COPY').every(({ flags }) => flags['from'] === build.name))
    assert.deepEqual(texts('RUN'), [])
  })

  it('starts the program as deploy/image/config.json says', () => {
    const config = readImageConfig()
    assert.deepEqual(texts('ENV'), config.Env)
    assert.deepEqual(texts('USER'), [config.User])
    assert.deepEqual(texts('WORKDIR'), [config.WorkingDir])
    assert.deepEqual(texts('EXPOSE'), Object.keys(config.ExposedPorts))
    assert.deepEqual(
      texts('ENTRYPOINT').map((text): unknown => JSON.parse(text)),
      [config.Entrypoint],
    )
    const labels = texts('LABEL').map((text) => /^([\w.]+)="([^"]*)"$/.exec(text)?.slice(1) ?? [])
    assert.deepEqual(Object.fromEntries(labels), config.Labels)
  })

  it('builds on the release of Debian that the parts are of, with the Node that they name', () => {
    const { node, debian } = readParts()
    assert.equal(build.base, `node:${node.version.split('.')[0]}-${debian.release}-slim`)
  })

  it('sees only files that are there', () => {
    for (const path of pathsInContext()) assert.ok(existsSync(join(root, path)), path)
  })
})

describe('the parts of the image', () => {
  const { node, debian } = readParts()

  it('have the Node that the tests run with', () => {
    const lock: unknown = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
    assert.ok(typeof lock === 'object' && lock !== null && 'packages' in lock)
    const { packages } = lock
    assert.ok(typeof packages === 'object' && packages !== null && 'node_modules/node' in packages)
    assert.deepEqual(Object.entries(packages['node_modules/node'] ?? {})[0], ['version', node.version])
  })

  it('are all named with their digests', () => {
    for (const { name, sha256 } of debian.packages)
      for (const digest of Object.values(sha256)) assert.match(digest, /^[0-9a-f]{64}$/, name)
    for (const integrity of Object.values(node.integrity)) assert.match(integrity, /^sha512-[\w+/]{86}==$/)
  })
})

describe('the image’s launcher', () => {
  const launcher = readFileSync(join(root, 'deploy', 'image', 'root', 'kube-eventer'), 'utf8')
  const bin = readFileSync(join(root, 'bin', 'kube-eventer'), 'utf8')
  const env = new Map(readImageConfig().Env.map((line) => [line.split('=')[0], line.replace(/^\w+=/, '')]))

  it('sets the memory flags that bin/kube-eventer sets', () => {
    const flags = /^heap='([^']+)'$/m.exec(bin)?.[1]?.split(' ')
    const onLauncher = /^#!\/usr\/bin\/node (\S+)\n/.exec(launcher)?.[1]
    assert.deepEqual([onLauncher, env.get('NODE_OPTIONS')].toSorted(), flags?.toSorted())
    assert.equal(env.get('MALLOC_ARENA_MAX'), /MALLOC_ARENA_MAX:-(\d+)/.exec(bin)?.[1])
  })
})
