/** Waiting for what another process does. */

const everyMs = 20

/** Resolves with whether `probe` answered true within `limitMs`; a rejection counts as "not yet". */
export async function until(probe: () => boolean | Promise<boolean>, limitMs: number): Promise<boolean> {
  const deadlineMs = performance.now() + limitMs
  for (;;) {
    if (await isTrue(probe)) return true
    if (performance.now() > deadlineMs) return false
    await pause(everyMs)
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

async function isTrue(probe: () => boolean | Promise<boolean>): Promise<boolean> {
  try {
    return await probe()
  } catch {
    return false
  }
}
