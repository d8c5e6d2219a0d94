/** The image that `npm run image` assembles: what is in it, that it is the same each time, and that it runs. */
import assert from 'node:assert/strict'
import { X509Certificate, createHash } from 'node:crypto'
import { execFileSync, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import {
  existsSync,
  globSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { readElf } from '../../scripts/image-elf.ts'
import { readParts } from '../../scripts/image-parts.ts'
import { startApiServer } from '../../src/demo/api-server.ts'
import { certificatesIn } from '../../src/domain/system-certificates.ts'
import { startProgram } from './program.ts'
import { whyNoContainer, writeContainerScript } from './container.ts'
import { assembleLayout, hostArchitecture, indexDigest, readImages, unpackImage } from './image.ts'
import { dockerBuild } from './docker-build.ts'
import { needs } from './needs.ts'
import { startProcess, until } from './processes.ts'
import { startReceiver } from './receiver.ts'
import { startRegistry } from './registry.ts'
import type { TestContext } from 'node:test'
import type { ContainerOptions } from './container.ts'
import type { ImageConfig, PlatformImage } from './image.ts'

const event = {
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: 'web-0.1', namespace: 'shop' },
  involvedObject: { kind: 'Pod', namespace: 'shop', name: 'web-0' },
  reason: 'BackOff',
  message: 'Back-off restarting failed container',
  type: 'Warning',
  count: 1,
  lastTimestamp: '2026-01-02T03:04:05Z',
} as const

describe('the image', { skip: needs('npm and Debian’s archive') }, () => {
  let folder: string
  let layout: string
  let images: ReadonlyMap<string, PlatformImage>
  let rootFs: string
  let config: ImageConfig['config']

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'kube-eventer-image-'))
    layout = join(folder, 'layout')
    assembleLayout(layout, ['amd64', 'arm64'])
    images = readImages(layout)
    rootFs = join(folder, 'root')
    const image = imageFor(hostArchitecture())
    config = image.config.config
    unpackImage(image, rootFs)
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  function imageFor(architecture: string): PlatformImage {
    const image = images.get(architecture)
    assert.ok(image, `no image for ${architecture}`)
    return image
  }

  /** A script that runs its arguments in the image, as its configuration and `more` say. */
  function containerScript(name: string, more: Partial<ContainerOptions> = {}): string {
    const [user, group] = config.User.split(':').map(Number)
    const path = join(folder, name)
    const { env = {}, ...rest } = more
    writeContainerScript(path, {
      rootFs,
      user: user ?? Number.NaN,
      group: group ?? Number.NaN,
      env: { ...Object.fromEntries(config.Env.map((line) => line.split(/=(.*)/s))), ...env },
      ...rest,
    })
    return path
  }

  const entrypoint = (): string => config.Entrypoint[0] ?? ''

  it('is a layout for two machines, each blob of which is what its digest says', () => {
    assert.deepEqual([...images.keys()], ['amd64', 'arm64'])
    for (const [architecture, image] of images) {
      assert.equal(image.config.architecture, architecture)
      assert.equal(image.config.os, 'linux')
      assert.equal(image.config.rootfs.diff_ids.length, image.layers.length)
    }
  })

  it('is the same when it is assembled again', () => {
    const again = join(folder, 'again')
    assembleLayout(again, ['amd64', 'arm64'])
    assert.equal(indexDigest(again), indexDigest(layout))
    rmSync(again, { recursive: true })
  })

  it('can be pushed to a registry and pulled, both machines, by skopeo', async (test) => {
    const registry = await startRegistry(test, folder)
    const name = `docker://${registry}/team/kube-eventer:1`
    execFileSync('skopeo', ['copy', '--all', '--dest-tls-verify=false', `oci:${layout}:${version()}`, name])
    const pulled = join(folder, 'pulled')
    execFileSync('skopeo', ['copy', '--all', '--src-tls-verify=false', name, `oci:${pulled}:${version()}`])
    assert.equal(indexDigest(pulled), indexDigest(layout))
  })

  it('names a part that Debian has no more, and takes what it has today when told to', () => {
    const path = join(folder, 'parts.json')
    const parts = readParts()
    const old = parts.debian.packages.map((part) =>
      part.name === 'libc6' ? { ...part, version: '0-1', sha256: { amd64: '0', arm64: '0' } } : part,
    )
    writeFileSync(path, JSON.stringify({ ...parts, debian: { ...parts.debian, packages: old } }))
    const image = (...args: readonly string[]): { status: number | null; stderr: string } =>
      spawnSync(process.execPath, ['scripts/image.ts', `--parts=${path}`, ...args], { encoding: 'utf8' })
    const { status, stderr } = image('--arch=amd64', `--rootfs=${join(folder, 'not-made')}`)
    assert.equal(status, 1)
    assert.match(stderr, /^image: Debian has libc6 0-1 \(amd64\) no more.*--refresh/)
    assert.equal(image('--refresh').status, 0)
    const today = readParts(path)
    assert.deepEqual(today.node, parts.node)
    assert.deepEqual(
      today.debian.packages.map(({ name }) => name),
      parts.debian.packages.map(({ name }) => name),
    )
    assert.ok(today.debian.packages.every(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256.arm64)))
  })

  it('has the files, modes and owners that the Dockerfile makes', { skip: whyNoContainer() }, () => {
    const build = join(folder, 'docker')
    const git = (...args: readonly string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim()
    const built = dockerBuild(build, {
      TARGETARCH: hostArchitecture(),
      // What a repository would tell, which is not in the context.
      KUBE_EVENTER_COMMIT: git('rev-parse', '--short=12', 'HEAD'),
      SOURCE_DATE_EPOCH: git('log', '-1', '--format=%ct'),
    })
    const unpacked = join(folder, 'to-compare')
    unpackImage(imageFor(hostArchitecture()), unpacked)
    assert.deepEqual(treeOf(built), treeOf(unpacked))
    for (const path of [build, unpacked]) rmSync(path, { recursive: true })
  })

  it('holds no shell, no package manager and nothing that runs as somebody else', () => {
    const files = globSync('**/*', { cwd: rootFs }).filter((path) => lstatSync(join(rootFs, path)).isFile())
    const executable = files.filter((path) => (statSync(join(rootFs, path)).mode & 0o111) !== 0)
    const programs = executable.filter((path) => !/\/(?:ld-linux[^/]*|lib[^/]+)\.so\.\d+$/.test(path))
    assert.deepEqual(programs.toSorted(), ['kube-eventer', 'usr/bin/node'])
    assert.deepEqual(
      files.filter((path) => (statSync(join(rootFs, path)).mode & 0o6000) !== 0),
      [],
    )
    const links = globSync('{bin,sbin,usr/bin,usr/sbin}/*', { cwd: rootFs })
    assert.deepEqual(links, ['usr/bin/node'])
  })

  it('runs as uid 1000, whose is the directory of the journal and nothing else', () => {
    assert.equal(config.User, '1000:1000')
    const owned = globSync('**/*', { cwd: rootFs }).filter((path) => lstatSync(join(rootFs, path)).uid !== 0)
    assert.deepEqual(owned, ['var/lib/kube-eventer'])
    assert.match(readFileSync(join(rootFs, 'etc', 'passwd'), 'utf8'), /^kube-eventer:x:1000:1000:/m)
    assert.equal(statSync(join(rootFs, 'tmp')).mode & 0o7777, 0o1777)
  })

  it('brings the zones, and the certificates that public endpoints are trusted by', () => {
    assert.ok(config.Env.includes('TZ=Asia/Shanghai'))
    for (const zone of ['Asia/Shanghai', 'Europe/Berlin', 'UTC'])
      assert.equal(readFileSync(join(rootFs, 'usr/share/zoneinfo', zone)).toString('latin1', 0, 4), 'TZif')
    const bundle = readFileSync(join(rootFs, 'etc/ssl/certs/ca-certificates.crt'), 'utf8')
    const certificates = certificatesIn(bundle).map((pem) => new X509Certificate(pem))
    assert.ok(certificates.length > 100)
    assert.ok(certificates.every(({ ca }) => ca))
  })

  it('lists what it is made of, inside and beside it', () => {
    const text = readFileSync(join(rootFs, 'usr/share/sbom/kube-eventer.spdx.json'), 'utf8')
    assert.equal(readFileSync(`${layout}-${hostArchitecture()}.spdx.json`, 'utf8'), text)
    const purls = text.match(/(?<="referenceLocator": ")[^"]+/g) ?? []
    const names = globSync('*', { cwd: join(rootFs, 'var/lib/dpkg/status.d') })
    assert.ok(names.includes('libc6'))
    for (const name of names) {
      assert.ok(
        purls.some((purl) => purl.startsWith(`pkg:deb/debian/${encodeURIComponent(name)}@`)),
        name,
      )
      assert.ok(statSync(join(rootFs, 'usr/share/doc', name, 'copyright')).size > 0)
    }
    assert.ok(purls.some((purl) => /^pkg:npm\/node-linux-\w+@24\./.test(purl)))
    assert.ok(purls.some((purl) => purl.startsWith('pkg:npm/undici@')))
    assert.match(text, /"spdxVersion": "SPDX-2\.3"/)
  })

  for (const architecture of ['amd64', 'arm64']) {
    it(`has for ${architecture} all libraries that Node asks for, of that machine`, () => {
      const unpacked = join(folder, `of-${architecture}`)
      unpackImage(imageFor(architecture), unpacked)
      const [libraries] = globSync('usr/lib/*-linux-gnu', { cwd: unpacked })
      assert.ok(libraries !== undefined)
      const node = readElf(readFileSync(join(unpacked, 'usr/bin/node')))
      assert.equal(node.architecture, architecture)
      // Links are relative, so that they lead to the same place in the image as here.
      assert.ok(node.interpreter !== undefined && existsSync(join(unpacked, node.interpreter)))
      const files = globSync('*', { cwd: join(unpacked, libraries) })
      for (const name of ['../../bin/node', ...files]) {
        const elf = readElf(readFileSync(join(unpacked, libraries, name)))
        assert.equal(elf.architecture, architecture, name)
        for (const needed of elf.needed) assert.ok(files.includes(needed), `${name} needs ${needed}`)
      }
      rmSync(unpacked, { recursive: true })
    })
  }

  describe('run as a container', { skip: whyNoContainer() }, () => {
    it('says its version', () => {
      const said = execFileSync(containerScript('version'), [entrypoint(), '--version'], { encoding: 'utf8' })
      assert.match(said, new RegExp(`^kube-eventer version: ${version().replaceAll('.', String.raw`\.`)} `))
    })

    it('has V8 small, in the zone that TZ names, and leaves a heap that the user sized', () => {
      // Preloaded into the very program: tells what is in effect, and ends.
      writeFileSync(
        join(rootFs, 'tmp', 'report.cjs'),
        `const limit = require('node:v8').getHeapStatistics().heap_size_limit / 2 ** 20
        process.stdout.write(JSON.stringify({ limit, zone: new Date(0).toString(), user: process.getuid() }))
        process.exit(0)\n`,
      )
      const report = (
        name: string,
        env: Record<string, string>,
      ): { limit: number; zone: string; user: number } =>
        JSON.parse(
          execFileSync(containerScript(name, { env }), [entrypoint(), '--version'], { encoding: 'utf8' }),
        )
      const given = config.Env.find((line) => line.startsWith('NODE_OPTIONS='))?.slice('NODE_OPTIONS='.length)
      const preload = '--require=/tmp/report.cjs'
      const inShanghai = report('as-made', { NODE_OPTIONS: `${given} ${preload}` })
      // 80 MiB of old space and three semi-spaces of 2 MiB.
      assert.equal(inShanghai.limit, 86)
      assert.match(inShanghai.zone, /^Thu Jan 01 1970 08:00:00 GMT\+0800/)
      assert.equal(inShanghai.user, 1000)
      const sized = report('sized', {
        NODE_OPTIONS: `--max-old-space-size=300 ${preload}`,
        TZ: 'America/New_York',
      })
      assert.equal(sized.limit, 306)
      assert.match(sized.zone, /^Wed Dec 31 1969 19:00:00 GMT-0500/)
      rmSync(join(rootFs, 'tmp', 'report.cjs'))
    })

    it('delivers with the original’s arguments, its times in the image’s zone', async (test) => {
      const { told, program } = await startDelivering(test, 'writable')
      await until('the event', () => told().length > 0, [program.process])
      assert.match(told()[0] ?? '', /2026-01-02 11:04:05 \+0800 CST/)
      assert.equal(await program.process.stop('SIGTERM'), 0)
      // The journal lies where nobody had to say it.
      assert.ok(existsSync(join(rootFs, 'var/lib/kube-eventer', 'journal.db')))
    })

    it('delivers with a read-only root and no volume, and says what that costs', async (test) => {
      const { told, program } = await startDelivering(test, 'read-only', { readOnlyRoot: true })
      await until('the event', () => told().length > 0, [program.process])
      assert.match(program.process.output(), /kept in memory.*survives reconnects, not restarts/)
      assert.equal(await program.process.stop('SIGTERM'), 0)
    })

    it('finds names by DNS, as /etc/resolv.conf says', async (test) => {
      const address = await startNameServer(test)
      const resolver = join(folder, 'resolv.conf')
      writeFileSync(resolver, `nameserver ${address}\n`)
      const mounts = [{ source: resolver, target: '/etc/resolv.conf', readOnly: true }]
      const script = containerScript('dns', { mounts })
      const lookUp =
        "require('node:dns').lookup('api.example.test', (_, found) => console.log(String(found)))"
      const looking = startProcess('lookup', script, ['/usr/bin/node', '--eval', lookUp])
      assert.equal(await looking.ended, 0)
      assert.equal(looking.output(), '192.0.2.7\n')
    })

    it('plays the demo, with the recording that it brings', async (test) => {
      const script = containerScript('demo')
      const demo = startProcess('demo', script, [entrypoint(), 'demo', '--speed=1000', '--healthz-port=0'])
      test.after(() => demo.stop('SIGKILL'))
      await until('the incident', () => /BackOff/.test(demo.output()), [demo])
    })

    /** The program in a container, with a stand-in API server that has one event to tell. */
    async function startDelivering(
      test: TestContext,
      name: string,
      more: Partial<ContainerOptions> = {},
    ): Promise<{ program: Awaited<ReturnType<typeof startProgram>>; told: () => readonly string[] }> {
      const api = await startApiServer()
      test.after(() => api.close())
      const receiver = await startReceiver()
      test.after(() => receiver.close())
      const script = containerScript(name, more)
      const program = await startProgram(
        [
          entrypoint(),
          `--source=kubernetes:${api.url}?inClusterConfig=false`,
          `--sink=webhook:${receiver.url}/hook?level=Warning&header=Content-Type=application/json&method=POST`,
        ],
        {},
        script,
      )
      test.after(() => program.process.stop('SIGKILL'))
      await program.ready()
      api.put(event)
      return { program, told: () => receiver.bodies('/hook') }
    }
  })

  function version(): string {
    const label = config.Labels['org.opencontainers.image.version']
    assert.ok(label !== undefined)
    return label
  }
})

/** Each path with its kind, mode, owner and content. */
function treeOf(folder: string): readonly string[] {
  return globSync('**/*', { cwd: folder })
    .toSorted()
    .map((path) => {
      const whole = join(folder, path)
      const { mode, uid, gid } = lstatSync(whole)
      const content = lstatSync(whole).isSymbolicLink()
        ? readlinkSync(whole)
        : lstatSync(whole).isFile()
          ? createHash('sha256').update(readFileSync(whole)).digest('hex')
          : ''
      return `${path} ${mode.toString(8)} ${uid}:${gid} ${content}`
    })
}

/** Answers that every name is 192.0.2.7; resolves with its own address, on the port that resolvers ask. */
async function startNameServer(test: TestContext): Promise<string> {
  const address = '127.77.0.2'
  const socket = createSocket('udp4')
  test.after(() => socket.close())
  socket.on('message', (query, { port, address: asker }) => {
    const answer = Buffer.from(query)
    answer.writeUInt16BE(0x8180, 2) // an answer, no error
    answer.writeUInt16BE(0, 10) // no records besides, whatever the query had
    const question = query.subarray(12, query.indexOf(0, 12) + 5)
    const wantsA = question.readUInt16BE(question.length - 4) === 1
    answer.writeUInt16BE(wantsA ? 1 : 0, 6)
    // A pointer to the name of the question, type A, class IN, 60 s, 4 bytes.
    const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7])
    socket.send(Buffer.concat([answer.subarray(0, 12), question, ...(wantsA ? [record] : [])]), port, asker)
  })
  socket.bind(53, address)
  await once(socket, 'listening')
  return address
}
