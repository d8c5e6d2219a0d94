/** A file that only takes room: given up when the disk is full, so that there is room to make room. */
import { existsSync, rmSync, statSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { dirname } from 'node:path'
import { freeBytes } from './filesystem.ts'

const stepBytes = 1024 * 1024

export class Reserve {
  readonly #path: string
  readonly #bytes: number
  #making: Promise<void> | undefined
  /** Given up while it was being made: it must not stay. */
  #wanted = true

  /** `bytes` 0: none is kept. */
  constructor(path: string, bytes: number) {
    this.#path = path
    this.#bytes = bytes
  }

  get bytes(): number {
    return this.#bytes
  }

  exists(): boolean {
    if (this.#bytes === 0) return true
    return this.#making === undefined && existsSync(this.#path) && statSync(this.#path).size >= this.#bytes
  }

  /** Never throws: where even deleting needs room, it is tried again with the next commit that fails. */
  release(): void {
    this.#wanted = false
    try {
      rmSync(this.#path, { force: true })
    } catch {
      // The commit that failed has been told.
    }
  }

  /** Makes it again in the background, if there is room for twice as much. Resolves when done with, well or not. */
  async ensure(): Promise<void> {
    if (this.exists()) return
    this.#making ??= this.#make().finally(() => {
      this.#making = undefined
    })
    await this.#making
  }

  async #make(): Promise<void> {
    this.#wanted = true
    if (freeBytes(dirname(this.#path)) < this.#bytes * 2) return
    // Noise: zeros would take no room on a file system that compresses.
    const noise = randomBytes(Math.min(stepBytes, this.#bytes))
    try {
      const file = await open(this.#path, 'w', 0o600)
      try {
        for (let at = 0; at < this.#bytes && this.#wanted; at += noise.byteLength) await file.write(noise)
      } finally {
        await file.close()
      }
      if (!this.#wanted) await rm(this.#path, { force: true })
    } catch {
      // No room after all.
      await rm(this.#path, { force: true }).catch(() => undefined)
    }
  }
}
