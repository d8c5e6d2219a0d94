/**
 * Whose an object is, learnt from events alone: controllers say what they create, and what they create is named by
 * Kubernetes' rules. No permission beyond events is needed.
 */
import type { KubernetesEvent, ObjectReference } from '../domain/event.ts'

export interface Owner {
  /** '' where a name alone does not tell it. */
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

/** What a controller's event says about an object that it has made. */
interface Saying {
  readonly owner: string
  readonly made: string
  /** The first group is the name. */
  readonly pattern: RegExp
}

/** By the reasons of https://github.com/kubernetes/kubernetes/tree/master/pkg/controller. */
const sayings: readonly Saying[] = [
  { owner: 'ReplicaSet', made: 'Pod', pattern: /^Created pod: (\S+)$/ },
  { owner: 'ReplicationController', made: 'Pod', pattern: /^Created pod: (\S+)$/ },
  { owner: 'DaemonSet', made: 'Pod', pattern: /^Created pod: (\S+)$/ },
  { owner: 'Job', made: 'Pod', pattern: /^Created pod: (\S+)$/ },
  { owner: 'StatefulSet', made: 'Pod', pattern: /^create Pod (\S+) in StatefulSet / },
  { owner: 'CronJob', made: 'Job', pattern: /^Created job (\S+)$/ },
  { owner: 'Deployment', made: 'ReplicaSet', pattern: /^Scaled (?:up|down) replica set (\S+) / },
]

/** Letters and digits of names that Kubernetes makes: without vowels, and without what looks like another. */
const letters = '[bcdfghjklmnpqrstvwxz2456789]'

/** What a name says about who made the object, tried in order. */
const namings: readonly {
  readonly kind: string
  readonly owner: string
  readonly pattern: RegExp
}[] = [
  // web-7d4b9c6f58-x2kfj: a pod-template-hash of the deployment, then five of the pod's own
  { kind: 'Pod', owner: 'Deployment', pattern: new RegExp(`^(.+)-${letters}{8,10}-${letters}{5}$`) },
  // backup-28912345-x2kfj: a pod of the job that a cron job made, named by the minute since 1970
  { kind: 'Pod', owner: 'CronJob', pattern: new RegExp(`^(.+)-\\d{8}-${letters}{5}$`) },
  // a daemon set, a replica set made by hand, or a job
  { kind: 'Pod', owner: '', pattern: new RegExp(`^(.+)-${letters}{5}$`) },
  { kind: 'Pod', owner: 'StatefulSet', pattern: /^(.+)-\d{1,5}$/ },
  { kind: 'ReplicaSet', owner: 'Deployment', pattern: new RegExp(`^(.+)-${letters}{8,10}$`) },
  { kind: 'Job', owner: 'CronJob', pattern: /^(.+)-\d{8}$/ },
]

/** Owners of owners that are followed: a cron job's job's pod has two. */
const mostSteps = 4

/** An object, and who has made it. */
export interface SaidOwner {
  /** `kind/namespace/name` */
  readonly made: string
  readonly owner: Owner
}

/** What an event says about an owner, if it does. */
export function saidOwner({ involvedObject, message }: KubernetesEvent): SaidOwner | undefined {
  if (message === undefined) return undefined
  const { kind, namespace = '', name } = involvedObject
  if (kind === undefined || name === undefined) return undefined
  for (const { owner, made: madeKind, pattern } of sayings) {
    if (owner !== kind) continue
    const [, child] = pattern.exec(message) ?? []
    if (child !== undefined)
      return { made: `${madeKind}/${namespace}/${child}`, owner: { kind, namespace, name } }
  }
  return undefined
}

/** The topmost owner that is known; the object itself where none is. `said`: who made `kind/namespace/name`. */
export function ownerOf(
  { kind = '', namespace = '', name = '' }: ObjectReference,
  said: (made: string) => Owner | undefined,
): Owner {
  let owner: Owner = { kind, namespace, name }
  for (let step = 0; step < mostSteps; step++) {
    const next = said(`${owner.kind}/${owner.namespace}/${owner.name}`) ?? byName(owner)
    if (next === undefined) break
    owner = next
  }
  return owner
}

/** What was learnt from events so far. */
export class Owners {
  readonly #said = new Map<string, Owner>()

  learn(event: KubernetesEvent): void {
    const said = saidOwner(event)
    if (said) this.#said.set(said.made, said.owner)
  }

  of(object: ObjectReference): Owner {
    return ownerOf(object, (made) => this.#said.get(made))
  }
}

function byName({ kind, namespace, name }: Owner): Owner | undefined {
  for (const naming of namings) {
    if (naming.kind !== kind) continue
    const [, owner] = naming.pattern.exec(name) ?? []
    if (owner !== undefined) return { kind: naming.owner, namespace, name: owner }
  }
  return undefined
}
