/** What the journal must know of the volume it lies on. */
import { statfsSync } from 'node:fs'

/**
 * Types by `statfs(2)`, where WAL's shared memory does not work between machines or at all
 * (https://www.sqlite.org/wal.html): magic numbers of linux/magic.h and of the file systems themselves.
 */
const networkTypes: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x517b, 'SMB'],
  [0x65735546, 'FUSE'],
  [0x01021997, '9P'],
  [0x00c36400, 'Ceph'],
  [0x0bd00bd0, 'Lustre'],
  [0x5346414f, 'AFS'],
])

/** The name of the network file system that `dir` lies on; `undefined` for a local one. */
export function networkFileSystem(dir: string): string | undefined {
  try {
    return networkTypes.get(statfsSync(dir).type >>> 0)
  } catch {
    return undefined
  }
}

/** Bytes that this user may still write there. Infinite if nobody can tell. */
export function freeBytes(dir: string): number {
  try {
    const { bavail, bsize } = statfsSync(dir)
    return bavail * bsize
  } catch {
    return Infinity
  }
}
