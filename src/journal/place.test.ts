/** Where the journal is kept, by what the surroundings allow. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { choosePlace, mountPoints, systemDir, volumeLines } from './place.ts'
import type { PlaceFiles } from './place.ts'

/** A file system in which only these directories can be written, or made and written. */
function files({ writable = [''], makeable = [''], mounts = [''] }): PlaceFiles {
  return {
    isWritable: (dir) => writable.includes(dir),
    make: (dir) => writable.includes(dir) || makeable.includes(dir),
    isMountPoint: (dir) => mounts.includes(dir),
  }
}

const home = { HOME: '/home/ada' }

describe('the place of the journal', () => {
  it('is the directory that was named, made if need be', () => {
    const place = choosePlace({
      dataDir: '/data/ke',
      env: home,
      inCluster: true,
      files: files({ writable: [systemDir], makeable: ['/data/ke'] }),
    })
    assert.deepEqual(place, { engine: 'sqlite', dir: '/data/ke' })
  })

  it('is an error if the directory that was named cannot be written', () => {
    assert.throws(
      () =>
        choosePlace({
          dataDir: '/data/ke',
          env: home,
          inCluster: true,
          files: files({ writable: [systemDir] }),
        }),
      { kind: 'not-writable', dir: '/data/ke', message: /\/data\/ke.*--data-dir/ },
    )
  })

  it('is a volume mounted in the pod', () => {
    const mounted = files({ writable: [systemDir], mounts: [systemDir] })
    assert.deepEqual(choosePlace({ dataDir: undefined, env: {}, inCluster: true, files: mounted }), {
      engine: 'sqlite',
      dir: systemDir,
    })
  })

  it('is the container’s own directory with a warning, if the pod has no volume', () => {
    const place = choosePlace({
      dataDir: undefined,
      env: {},
      inCluster: true,
      files: files({ writable: [systemDir] }),
    })
    assert.equal(place.dir, systemDir)
    assert.ok(place.warning?.includes(volumeLines))
    assert.match(volumeLines, /^spec\.strategy: \{type: Recreate\}$/m)
  })

  it('is memory with a warning, in a pod that can write nowhere', () => {
    const nowhere = files({ makeable: ['/home/ada/.local/state/kube-eventer'] })
    const place = choosePlace({ dataDir: undefined, env: home, inCluster: true, files: nowhere })
    assert.equal(place.engine, 'memory')
    assert.ok(place.warning?.includes(volumeLines))
  })

  it('is the system’s directory outside of a cluster, without a warning', () => {
    const writable = files({ writable: [systemDir] })
    assert.deepEqual(choosePlace({ dataDir: '', env: home, inCluster: false, files: writable }), {
      engine: 'sqlite',
      dir: systemDir,
    })
  })

  it('is the user’s state directory outside of a cluster', () => {
    const makeable = ['/home/ada/.local/state/kube-eventer', '/state/kube-eventer']
    const dirOf = (env: Record<string, string>): string | undefined =>
      choosePlace({ dataDir: undefined, env, inCluster: false, files: files({ makeable }) }).dir
    assert.equal(dirOf(home), '/home/ada/.local/state/kube-eventer')
    assert.equal(dirOf({ ...home, XDG_STATE_HOME: '/state' }), '/state/kube-eventer')
    assert.equal(dirOf({ ...home, XDG_STATE_HOME: 'relative' }), '/home/ada/.local/state/kube-eventer')
  })

  it('is memory with a warning that names --data-dir, where a user can write nowhere', () => {
    const place = choosePlace({ dataDir: undefined, env: {}, inCluster: false, files: files({}) })
    assert.equal(place.engine, 'memory')
    assert.match(place.warning ?? '', /--data-dir/)
  })

  it('is made with its parents, for this user alone', () => {
    const root = mkdtempSync(join(tmpdir(), 'kube-eventer-place-'))
    try {
      const dir = join(root, 'a', 'b')
      assert.equal(choosePlace({ dataDir: dir, env: {}, inCluster: false }).dir, dir)
      assert.ok(existsSync(dir))
      assert.equal(statSync(dir).mode & 0o777, 0o700)
    } finally {
      rmSync(root, { recursive: true })
    }
  })

  it('reads mount points as the kernel writes them', () => {
    const points = mountPoints(
      '36 35 98:0 /mnt1 /var/lib/kube-eventer rw,noatime master:1 - ext3 /dev/root rw\n' +
        '37 35 98:0 / /with\\040blank rw - tmpfs tmpfs rw\n',
    )
    assert.deepEqual([...points], ['/var/lib/kube-eventer', '/with blank'])
  })
})
