/** The folder in which a pod finds its ServiceAccount, laid for a test where this machine has none. */
import { existsSync, lstatSync, mkdirSync, rmdirSync, symlinkSync, unlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import { getuid } from 'node:process'

const place = '/var/run/secrets/kubernetes.io/serviceaccount'

/** Why the folder cannot be laid here; undefined if it can. */
export function whyNotInCluster(): string | undefined {
  if (getuid?.() !== 0) return `${place} can be made by root only`
  if (existsSync(place)) return `${place} exists: this machine is a pod`
  return undefined
}

/** Lets the folder be `target`, with the files token, ca.crt and namespace. Answers what undoes it. */
export function layServiceAccountDirectory(target: string): () => void {
  const made: string[] = []
  for (let folder = dirname(place); !existsSync(folder); folder = dirname(folder)) made.push(folder)
  mkdirSync(dirname(place), { recursive: true })
  // A link whose target is gone was left by a test that was killed.
  if (lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink()) unlinkSync(place)
  symlinkSync(target, place)
  return () => {
    unlinkSync(place)
    for (const folder of made) rmdirSync(folder)
  }
}
