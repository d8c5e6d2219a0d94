/**
 * `npm run test:soak`: 300 kills under load, the fault test of CI ten times as long. FAULTS_SEED repeats a run, KILLS
 * and PER_SECOND change its size. Ends with exit code 1 if anything is lost, or more is repeated than the guarantee lets.
 */
import assert from 'node:assert/strict'
import { killUnderLoad } from '../harness/kill-under-load.ts'
import { openSite } from '../harness/site.ts'

const kills = Number(process.env['KILLS'] ?? 300)
const perSecond = Number(process.env['PER_SECOND'] ?? 400)
const progressEvery = 10

const closers: (() => unknown)[] = []
const startMs = performance.now()
try {
  const site = await openSite({
    after: (close) => void closers.push(close),
    diagnostic: (message) => write(message),
  })
  const { feed, told } = site
  const result = await killUnderLoad(site, {
    kills,
    perSecond,
    onKill: (killed) => {
      if (killed % progressEvery !== 0) return
      write(
        `${killed} of ${kills} kills: ${feed.marks.size} put, ${told.count} told, ${told.doubled} repeated`,
      )
    },
  })
  told.assertAll(feed.marks)
  assert.ok(result.doubled <= result.mayDouble, `${result.doubled} repeated, ${result.mayDouble} may be`)
  const tookS = ((performance.now() - startMs) / 1000).toFixed(0)
  write(
    `${kills} kills in ${tookS} s, ${result.put} states put: 0 lost, ${result.doubled} repeated ` +
      `(${(result.doubled / kills).toFixed(1)} a kill, ${result.worstKill} at worst; ${result.mayDouble} may be)`,
  )
} finally {
  for (const close of closers) await close()
}

function write(line: string): void {
  process.stdout.write(`${line}\n`)
}
