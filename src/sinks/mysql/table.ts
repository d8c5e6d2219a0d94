/** The table that events go into: its name, how it is made, and what one that is there can do. */

/** A name as the user writes it: `table`, `database.table`, each in backquotes or not. */
export interface TableName {
  /** Absent: the connection's own database. */
  readonly database?: string
  readonly table: string
}

/** `undefined` where it is none. */
export function readTableName(text: string): TableName | undefined {
  const parts = text.match(/`(?:[^`]|``)+`|[^.`]+|\./g) ?? []
  if (parts.join('') !== text) return undefined
  const names = parts
    .filter((_part, at) => at % 2 === 0)
    .map((part) => (part.startsWith('`') ? part.slice(1, -1).replaceAll('``', '`') : part.trim()))
  const isAlternating = parts.every((part, at) => (part === '.') === (at % 2 === 1))
  const [first, second] = names
  if (!isAlternating || parts.length % 2 === 0 || names.includes('') || first === undefined) return undefined
  if (names.length > 2) return undefined
  return second === undefined ? { table: first } : { database: first, table: second }
}

/** For statements. */
export function quotedTable({ database, table }: TableName): string {
  return [database, table].flatMap((name) => (name === undefined ? [] : [quoted(name)])).join('.')
}

/** For people. */
export function shownTable({ database, table }: TableName): string {
  return database === undefined ? table : `${database}.${table}`
}

export function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

/** What a table must have: kube-eventer's own columns. */
export const requiredColumns = [
  'namespace',
  'kind',
  'name',
  'type',
  'reason',
  'message',
  'event_id',
  'first_occurrence_time',
  'last_occurrence_time',
] as const

/** What is filled as well where the table has it. */
export const furtherColumns = ['resource_version', 'count', 'cluster'] as const

export type ColumnName = (typeof requiredColumns)[number] | (typeof furtherColumns)[number]

/** What makes a state of an event one row. */
const keyColumns: readonly string[] = ['event_id', 'resource_version']

/**
 * How a table is made: kube-eventer's columns, long enough for what Kubernetes lets a name be (253), with the
 * columns and the key that let a resend change nothing.
 */
export function createTable(name: TableName): string {
  return [
    `CREATE TABLE IF NOT EXISTS ${quotedTable(name)} (`,
    '  id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,',
    "  name varchar(253) NOT NULL DEFAULT '',",
    "  namespace varchar(64) NOT NULL DEFAULT '',",
    "  event_id varchar(64) NOT NULL DEFAULT '',",
    "  type varchar(64) NOT NULL DEFAULT '',",
    "  reason varchar(128) NOT NULL DEFAULT '',",
    '  message text NOT NULL,',
    "  kind varchar(64) NOT NULL DEFAULT '',",
    "  first_occurrence_time varchar(64) NOT NULL DEFAULT '',",
    "  last_occurrence_time varchar(64) NOT NULL DEFAULT '',",
    '  resource_version varchar(64) NULL,',
    '  count int NOT NULL DEFAULT 0,',
    "  cluster varchar(253) NOT NULL DEFAULT '',",
    '  UNIQUE KEY event_state (event_id, resource_version)',
    ') ENGINE=InnoDB DEFAULT CHARSET=utf8mb4',
  ].join('\n')
}

/** A column as `information_schema` has it. */
export interface ColumnInfo {
  readonly name: string
  /** Of texts. */
  readonly charset: string | undefined
}

/** A column of a unique index. */
export interface UniqueIndexPart {
  readonly index: string
  readonly column: string
  readonly isAutoIncrement: boolean
}

/** What a table that is there can do. */
export interface TableShape {
  /** Those that are filled, in the order of a row's values. */
  readonly columns: readonly ColumnName[]
  /** The unique index that makes a state of an event one row; absent: a resend may double. */
  readonly key: string | undefined
  /** There is another unique index, which may refuse a state that is new. */
  readonly hasOtherKeys: boolean
  /** A statement that fails leaves nothing behind. */
  readonly isTransactional: boolean
  /** What the user may want to change, each a sentence with its remedy. */
  readonly remarks: readonly string[]
}

const notTransactional = [
  'myisam',
  'aria',
  'memory',
  'csv',
  'archive',
  'blackhole',
  's3',
  'merge',
  'mrg_myisam',
]

/** Looks a table over; `missing`: columns without which nothing can be written. */
export function shapeOf(
  name: TableName,
  found: {
    readonly columns: readonly ColumnInfo[]
    readonly uniqueIndexes: readonly UniqueIndexPart[]
    /** Absent for a view. */
    readonly engine: string | undefined
  },
): { readonly shape: TableShape } | { readonly missing: readonly string[] } {
  const there = new Set(found.columns.map((column) => column.name.toLowerCase()))
  const missing = requiredColumns.filter((column) => !there.has(column))
  if (missing.length > 0) return { missing }
  const columns = [...requiredColumns, ...furtherColumns.filter((column) => there.has(column))]
  const indexes = [...Map.groupBy(found.uniqueIndexes, ({ index }) => index)]
    // One that the server fills by itself never refuses a row.
    .filter(([, parts]) => !parts.some(({ isAutoIncrement }) => isAutoIncrement))
  const key = indexes.find(([, parts]) => isKey(parts.map(({ column }) => column.toLowerCase())))?.[0]
  return {
    shape: {
      columns,
      key,
      hasOtherKeys: indexes.some(([index]) => index !== key),
      isTransactional: !notTransactional.includes(found.engine?.toLowerCase() ?? ''),
      remarks: remarksOn(name, found.columns, columns, key),
    },
  }
}

/** Whether the columns of a unique index tell states of events apart, and nothing else. */
function isKey(columns: readonly string[]): boolean {
  return (
    keyColumns.every((column) => columns.includes(column)) &&
    columns.every((column) => column === 'cluster' || keyColumns.includes(column))
  )
}

function remarksOn(
  name: TableName,
  found: readonly ColumnInfo[],
  filled: readonly ColumnName[],
  key: string | undefined,
): string[] {
  const narrow = found
    .filter(({ charset }) => charset === 'utf8' || charset === 'utf8mb3')
    .map((column) => column.name)
    .filter((column) => filled.some((one) => one === column.toLowerCase()))
  return [
    ...(key === undefined
      ? [
          `the table ${shownTable(name)} has no key that tells states of events apart: what is sent again after a ` +
            `failure may stand there twice; to change that: ${addKey(name, filled)}`,
        ]
      : []),
    ...(narrow.length > 0
      ? [
          `the table ${shownTable(name)} cannot hold every character (${narrow.join(', ')}: utf8mb3): an event with an ` +
            `emoji becomes a dead letter; to change that: ALTER TABLE ${quotedTable(name)} CONVERT TO CHARACTER SET utf8mb4`,
        ]
      : []),
  ]
}

function addKey(name: TableName, filled: readonly ColumnName[]): string {
  const column = filled.includes('resource_version') ? '' : 'ADD COLUMN resource_version varchar(64) NULL, '
  return `ALTER TABLE ${quotedTable(name)} ${column}ADD UNIQUE KEY event_state (event_id, resource_version)`
}

/** What adds the columns that are missing. */
export function addColumns(name: TableName, missing: readonly string[]): string {
  const added = missing.map(
    (column) =>
      `ADD COLUMN ${column} ${column === 'message' ? 'text NOT NULL' : "varchar(253) NOT NULL DEFAULT ''"}`,
  )
  return `ALTER TABLE ${quotedTable(name)} ${added.join(', ')}`
}
