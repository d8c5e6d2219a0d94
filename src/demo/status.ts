// Refusals as a Kubernetes API server words them: `Status` objects, each made in one place.

export interface StatusDetails {
  readonly name?: string
  readonly group?: string
  readonly kind?: string
  readonly uid?: string
  readonly causes?: readonly { readonly reason: string; readonly message: string }[]
  readonly retryAfterSeconds?: number
}

/** Follows `metav1.Status`. */
export interface Status {
  readonly kind: 'Status'
  readonly apiVersion: 'v1'
  readonly metadata: { readonly continue?: string }
  readonly status: 'Failure' | 'Success'
  readonly message?: string
  readonly reason?: string
  readonly details?: StatusDetails
  readonly code?: number
}

/** Thrown on the way to an answer; the server turns it into one. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: Status
  readonly httpStatus: number

  constructor(httpStatus: number, status: Status) {
    super(status.message)
    this.httpStatus = httpStatus
    this.status = status
  }
}

/** A failure's body. `reason` is left out where the API server has none for it. */
export function failure(
  code: number,
  reason: string | undefined,
  message: string,
  more: { readonly details?: StatusDetails; readonly continueToken?: string } = {},
): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: more.continueToken === undefined ? {} : { continue: more.continueToken },
    status: 'Failure',
    message,
    ...(reason === undefined ? {} : { reason }),
    ...(more.details === undefined ? {} : { details: more.details }),
    code,
  }
}

function refuse(code: number, reason: string | undefined, message: string, details?: StatusDetails): Refusal {
  return new Refusal(code, failure(code, reason, message, details === undefined ? {} : { details }))
}

/** What a refusal about one object, or about a whole resource, names. */
export interface Subject {
  readonly resource: string
  readonly group?: string
  readonly name?: string
}

function qualified(subject: Subject): string {
  return subject.group ? `${subject.resource}.${subject.group}` : subject.resource
}

function detailsOf(subject: Subject): StatusDetails {
  return {
    ...(subject.name ? { name: subject.name } : {}),
    ...(subject.group ? { group: subject.group } : {}),
    kind: subject.resource,
  }
}

export const unauthorized = (): Refusal => refuse(401, 'Unauthorized', 'Unauthorized')

/** 403 as RBAC words it. An empty `namespace` is the whole cluster. */
export function forbidden(user: string, verb: string, subject: Subject, namespace: string): Refusal {
  const named = subject.name ? `${qualified(subject)} "${subject.name}"` : qualified(subject)
  const where = namespace ? `in the namespace "${namespace}"` : 'at the cluster scope'
  return refuse(
    403,
    'Forbidden',
    `${named} is forbidden: User "${user}" cannot ${verb} resource "${subject.resource}" in API group ` +
      `"${subject.group ?? ''}" ${where}`,
    detailsOf(subject),
  )
}

export const notFound = (subject: Subject): Refusal =>
  refuse(404, 'NotFound', `${qualified(subject)} "${subject.name ?? ''}" not found`, detailsOf(subject))

export const alreadyExists = (subject: Subject): Refusal =>
  refuse(
    409,
    'AlreadyExists',
    `${qualified(subject)} "${subject.name ?? ''}" already exists`,
    detailsOf(subject),
  )

export const conflict = (subject: Subject): Refusal =>
  refuse(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(subject)} "${subject.name ?? ''}": the object has been ` +
      'modified; please apply your changes to the latest version and try again',
    detailsOf(subject),
  )

export const badRequest = (message: string): Refusal => refuse(400, 'BadRequest', message)

export const methodNotAllowed = (): Refusal =>
  refuse(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {})

export const bodyTooLarge = (limitBytes: number): Refusal =>
  refuse(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${limitBytes}`)

export const unsupportedMediaType = (accepted: readonly string[]): Refusal =>
  refuse(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  )

/** 422 for a list or watch whose options contradict one another. */
export const invalidListOptions = (problem: string): Refusal =>
  refuse(422, 'Invalid', `ListOptions.meta.k8s.io "" is invalid: ${problem}`, {
    group: 'meta.k8s.io',
    kind: 'ListOptions',
  })

const unparsed = (text: string): string =>
  `resourceVersion: Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`

/** A watch answers 500 to a version that is none, a list 400. */
export const badWatchVersion = (text: string): Refusal => refuse(500, undefined, unparsed(text))
export const badListVersion = (text: string): Refusal =>
  badRequest(`invalid resource version: ${unparsed(text)}`)

export function futureVersion(asked: number, current: number): Refusal {
  return refuse(504, 'Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  })
}

export const expiredList = (): Refusal =>
  refuse(410, 'Expired', 'The resourceVersion for the provided list is too old.')

/** Carries the token with which the rest can be read at a newer version. */
export const expiredContinue = (freshToken: string): Refusal =>
  new Refusal(
    410,
    failure(
      410,
      'Expired',
      'The provided continue parameter is too old to display a consistent list result. You can start a new ' +
        'list without the continue parameter, or use the continue token in this response to retrieve the ' +
        'remainder of the results. Continuing with the provided token results in an inconsistent list - ' +
        'objects that were created, modified, or deleted between the time the first chunk was returned and ' +
        'now may show up in the list.',
      { continueToken: freshToken },
    ),
  )

/** Not an answer but a line's object: a watch that fell behind compaction ends with it, under status 200. */
export const expiredWatch: Status = Object.freeze(
  failure(410, 'Expired', 'The resourceVersion for the provided watch is too old.'),
)

export function deleted(subject: Subject, uid: string): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { ...detailsOf(subject), uid },
  }
}
