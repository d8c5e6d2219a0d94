// The functions of sprig v3.2 that are pure or read the clock, and why the others are refused.

import type { FunctionTable } from '../execute/callable.ts'
import { BUILTINS } from '../functions/builtin.ts'
import { DATE_FUNCTIONS } from './dates.ts'
import { DICT_FUNCTIONS } from './dicts.ts'
import { ENCODING_FUNCTIONS } from './encoding.ts'
import { LIST_FUNCTIONS } from './lists.ts'
import { NUMBER_FUNCTIONS } from './numbers.ts'
import { REGEXP_FUNCTIONS } from './regexps.ts'
import { SEMVER_FUNCTIONS } from './semver.ts'
import { STRING_FUNCTIONS } from './strings.ts'
import { URL_FUNCTIONS } from './urls.ts'
import { VALUE_FUNCTIONS } from './values.ts'

/** Go's own and sprig's; of two of a name sprig's is meant. */
export const SPRIG: FunctionTable = new Map(
  [
    ...BUILTINS.values(),
    ...STRING_FUNCTIONS,
    ...NUMBER_FUNCTIONS,
    ...LIST_FUNCTIONS,
    ...DICT_FUNCTIONS,
    ...VALUE_FUNCTIONS,
    ...DATE_FUNCTIONS,
    ...ENCODING_FUNCTIONS,
    ...REGEXP_FUNCTIONS,
    ...URL_FUNCTIONS,
    ...SEMVER_FUNCTIONS,
  ].map((called) => [called.name, called]),
)

const ENVIRONMENT = "it would show the program's environment, which may hold secrets"
const KEYS = 'it makes keys or certificates, which no message needs and which takes long'
const CIPHER = 'it needs a key in the template'

/** sprig's functions that templates do not have, with the reason. */
export const REFUSED: ReadonlyMap<string, string> = new Map([
  ['env', ENVIRONMENT],
  ['expandenv', ENVIRONMENT],
  ['getHostByName', 'it asks the network, and rendering must not wait'],
  ['genPrivateKey', KEYS],
  ['genCA', KEYS],
  ['genCAWithKey', KEYS],
  ['genSelfSignedCert', KEYS],
  ['genSelfSignedCertWithKey', KEYS],
  ['genSignedCert', KEYS],
  ['genSignedCertWithKey', KEYS],
  ['buildCustomCert', KEYS],
  ['bcrypt', 'it is slow by design, and holds up all other events'],
  ['htpasswd', 'it is slow by design, and holds up all other events'],
  ['encryptAES', CIPHER],
  ['decryptAES', CIPHER],
])
