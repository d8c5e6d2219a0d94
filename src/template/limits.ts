// What one rendering may cost: no template, whatever it says, can hang or exhaust the program.

export interface TemplateLimits {
  /** Bytes of output, and of any text made on the way. */
  readonly maxOutputBytes: number
  /** Actions, calls and rounds of loops; long texts count for several. */
  readonly maxSteps: number
  /** Templates that call templates. */
  readonly maxDepth: number
}

export const DEFAULT_LIMITS: TemplateLimits = {
  maxOutputBytes: 1024 * 1024,
  maxSteps: 1_000_000,
  maxDepth: 500,
}

/** A text costs a step for so many of its characters, wherever it is read or written. */
const CHARACTERS_PER_STEP = 64

/** Thrown inside a rendering that costs too much; becomes an error of the template. */
export class LimitExceeded extends Error {}

/** What a rendering has used up. */
export class Budget {
  readonly #limits: TemplateLimits
  #stepsLeft: number

  constructor(limits: TemplateLimits) {
    this.#limits = limits
    this.#stepsLeft = limits.maxSteps
  }

  spend(steps: number): void {
    this.#stepsLeft -= steps
    if (this.#stepsLeft < 0) {
      throw new LimitExceeded(`the template takes more than ${this.#limits.maxSteps} steps`)
    }
  }

  /** For reading or making a text of this many characters. */
  spendText(characters: number): void {
    this.spend(1 + characters / CHARACTERS_PER_STEP)
  }

  /** For a text that is about to be made, before memory is taken for it. */
  checkLength(characters: number): void {
    if (characters > this.#limits.maxOutputBytes) {
      throw new LimitExceeded(`a text is longer than ${this.#limits.maxOutputBytes} bytes`)
    }
  }

  checkDepth(depth: number): void {
    if (depth > this.#limits.maxDepth) {
      throw new LimitExceeded(`exceeded maximum template depth (${this.#limits.maxDepth})`)
    }
  }
}
