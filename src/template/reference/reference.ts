// Every function of templates, documented: what `render --functions` and the guide tell.

import { DICT_GROUP, LIST_GROUP } from './sprig-lists.ts'
import { ENCODING_GROUP, PATH_GROUP } from './sprig-encodings.ts'
import type { FunctionGroup } from './function-doc.ts'
import { GO_GROUP } from './go-functions.ts'
import { REGEXP_GROUP, TEXT_GROUP } from './sprig-texts.ts'
import { DATE_GROUP, NUMBER_GROUP, VALUE_GROUP } from './sprig-values.ts'

/** By subject, Go's own first. */
export const FUNCTION_GROUPS: readonly FunctionGroup[] = [
  GO_GROUP,
  TEXT_GROUP,
  NUMBER_GROUP,
  LIST_GROUP,
  DICT_GROUP,
  VALUE_GROUP,
  DATE_GROUP,
  REGEXP_GROUP,
  ENCODING_GROUP,
  PATH_GROUP,
]
