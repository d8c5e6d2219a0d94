// Where zones are found: TZ in all its spellings, the system's files, the compiled copy.

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'

import { UTC } from './location.ts'
import { TimeZones } from './time-zones.ts'
import { Time } from './time.ts'
import { compiledZoneFile, compiledZoneNames } from './zones/compiled-zones.ts'

const directory = mkdtempSync(join(tmpdir(), 'gotime-'))
after(() => rmSync(directory, { recursive: true }))

function zoneFile(name: string): Uint8Array {
  const bytes = compiledZoneFile(name)
  assert.ok(bytes !== undefined, name)
  return bytes
}

const localtimePath = join(directory, 'localtime')
writeFileSync(localtimePath, zoneFile('Asia/Tokyo'))
mkdirSync(join(directory, 'Here'))
writeFileSync(join(directory, 'Here', 'Mine'), zoneFile('Asia/Kathmandu'))
writeFileSync(join(directory, 'Damaged'), 'TZif2 but no more')
// The system's file of a name is taken before the compiled one.
mkdirSync(join(directory, 'Europe'))
writeFileSync(join(directory, 'Europe', 'Berlin'), zoneFile('Asia/Kolkata'))

describe("the machine's zone", () => {
  const noon = 1_719_748_800
  const cases: readonly (readonly [string | undefined, name: string, shown: string])[] = [
    [undefined, 'Local', '21:00 JST'],
    ['', 'UTC', '12:00 UTC'],
    ['UTC', 'UTC', '12:00 UTC'],
    [':', 'UTC', '12:00 UTC'],
    ['Here/Mine', 'Here/Mine', '17:45 +0545'],
    [':Here/Mine', 'Here/Mine', '17:45 +0545'],
    [localtimePath, localtimePath, '21:00 JST'],
    [`:${localtimePath}`, localtimePath, '21:00 JST'],
    ['Europe/Berlin', 'Europe/Berlin', '17:30 IST'],
    ['Asia/Shanghai', 'Asia/Shanghai', '20:00 CST'],
    ['EST5EDT', 'EST5EDT', '08:00 EDT'],
    ['No/Such', 'UTC', '12:00 UTC'],
    ['Damaged', 'UTC', '12:00 UTC'],
    ['Here', 'UTC', '12:00 UTC'],
    ['CST-8', 'UTC', '12:00 UTC'],
    ['/no/such/file', 'UTC', '12:00 UTC'],
  ]
  for (const [tz, name, shown] of cases) {
    const setting = tz === undefined ? 'without TZ' : `with TZ=${tz.replace(directory, '<directory>')}`
    it(`${setting} is ${name.replace(directory, '<directory>')}`, () => {
      const { local } = new TimeZones({ tz, directories: [directory], localtimePath })
      assert.equal(local.name, name)
      assert.equal(new Time(noon, 0, local).format('15:04 MST'), shown)
      assert.match(new Time(noon, 0, local).goString(), /time\.Local\)$/)
    })
  }

  it('without TZ and without a file for it is UTC', () => {
    const { local } = new TimeZones({ tz: undefined, localtimePath: join(directory, 'absent') })
    assert.equal(new Time(noon, 0, local).format('15:04 MST'), '12:00 UTC')
  })

  it('is UTC where TZ names what is no zone file and never ends', () => {
    const { local } = new TimeZones({ tz: '/dev/zero' })
    assert.equal(local.name, 'UTC')
  })
})

describe('a zone asked for by name', () => {
  const zones = new TimeZones({ tz: 'Asia/Shanghai', directories: [directory], localtimePath })

  it('is UTC for the empty name, and the local one for Local', () => {
    assert.equal(zones.load(''), UTC)
    assert.equal(zones.load('UTC'), UTC)
    assert.equal(zones.load('Local'), zones.local)
  })

  it('is found once', () => {
    const berlin = zones.load('Europe/Paris')
    assert.ok(berlin !== undefined)
    assert.equal(zones.load('Europe/Paris'), berlin)
  })

  it('is not found if there is none, nor outside of the zone directories', () => {
    for (const name of [
      'No/Such',
      'Damaged',
      'Here',
      '../localtime',
      localtimePath,
      '\\x',
      'Here/../Here/Mine',
    ]) {
      assert.equal(zones.load(name), undefined, name)
    }
  })

  it('is found after more names were asked for than are remembered', () => {
    for (let i = 0; i < 1_500; i += 1) assert.equal(zones.load(`No/Such${i}`), undefined)
    assert.equal(zones.load('Here/Mine')?.name, 'Here/Mine')
  })
})

describe('the compiled zones', () => {
  it('are all there, and all can be read', () => {
    const zones = new TimeZones({ tz: '', directories: [] })
    const names = compiledZoneNames()
    assert.ok(names.length > 500)
    for (const name of names) assert.ok(zones.load(name) !== undefined, name)
    for (const name of [
      'Asia/Shanghai',
      'PRC',
      'Hongkong',
      'America/New_York',
      'EST5EDT',
      'Etc/GMT+5',
      'US/Pacific',
    ]) {
      assert.ok(names.includes(name), name)
    }
  })
})
