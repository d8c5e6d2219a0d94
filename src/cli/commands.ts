/** The commands on a program, each by its declaration: for the docs and for tests that hold all of them. */
import type { CommandDeclaration } from './command.ts'
import { checkCommand } from './check.ts'
import { deadCommand } from './dead.ts'
import { explainCommand } from './explain.ts'
import { rbacCommand } from './rbac.ts'
import { recordCommand } from './record.ts'
import { renderCommand } from './render.ts'
import { replayCommand } from './replay.ts'
import { reportCommand } from './report.ts'
import { searchCommand } from './search.ts'
import { sinksCommand } from './sinks.ts'
import { statusCommand } from './status.ts'
import { tailCommand } from './tail.ts'

export const commandDeclarations: readonly CommandDeclaration[] = [
  statusCommand,
  tailCommand,
  sinksCommand,
  checkCommand,
  rbacCommand,
  deadCommand,
  replayCommand,
  explainCommand,
  searchCommand,
  reportCommand,
  renderCommand,
  recordCommand,
]
