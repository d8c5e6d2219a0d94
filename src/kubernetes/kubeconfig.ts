/** A kubeconfig's current context as access to its cluster. Follows client-go's clientcmd. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import type { Clock } from '../domain/clock.ts'
import { readProxyUrl, type Env, type Proxy } from '../domain/proxy.ts'
import type { SourceOptions } from '../domain/source-options.ts'
import type { ClusterEndpoint, TlsMaterial } from './cluster-access.ts'
import { anonymous, basicAuth, staticToken, tokenFile, type Credentials } from './credentials.ts'
import { ExecPlugin, readExec, type ExecCluster, type ExecSurroundings } from './exec-plugin.ts'
import { readYaml, type YamlPlace } from './kubeconfig-yaml.ts'
import { withoutSlash } from './service-account.ts'
import { readFailure, SourceConfigError } from './source-config-error.ts'

/** Where a cluster's extensions have what is meant for programs that give credentials. */
const execExtension = 'client.authentication.k8s.io/exec'

export async function resolveKubeconfig(
  options: SourceOptions,
  path: string,
  env: Env,
  clock: Clock,
): Promise<ClusterEndpoint> {
  const yaml = await readYaml(await readText(options.cluster, path), path, options.cluster)
  const context = options.context === undefined ? currentContext(yaml) : contextNamed(yaml, options.context)
  const cluster = named(yaml, 'clusters', 'cluster', context)
  const user = context.text('user') === undefined ? undefined : named(yaml, 'users', 'user', context)
  const verify = !(options.insecure || cluster.flag('insecure-skip-tls-verify'))
  const plugin =
    user && execPluginOf(user, path, { env, clock, cluster: () => execClusterOf(cluster, path, verify) })
  const load = async (): Promise<TlsMaterial> => {
    // What it cannot give now is told by the first request, and asked for again with each.
    const fromPlugin = await plugin?.credential().catch(() => undefined)

    const [ca, cert, key] = await Promise.all([
      verify ? pem(cluster, 'certificate-authority', path) : undefined,
      user && pem(user, 'client-certificate', path),
      user && pem(user, 'client-key', path),
    ])
    return {
      ca: ca === undefined ? undefined : [ca],
      cert: cert ?? fromPlugin?.cert,
      key: key ?? fromPlugin?.key,
    }
  }
  const material = await load()
  if (user !== undefined && (material.cert === undefined) !== (material.key === undefined)) {
    throw user.error(
      'a client certificate and its key are of use only together',
      'give client-certificate(-data) and client-key(-data)',
    )
  }
  const serverName = cluster.text('tls-server-name')
  const server = serverOf(cluster, material, verify)
  const proxy = proxyOf(cluster)
  const ignored = options.server !== '' && withoutSlash(options.server) !== server
  return {
    server,
    credentials:
      plugin?.credentials() ?? (user ? await credentialsOf(user, path, clock, material) : anonymous),
    headers: user === undefined ? {} : impersonation(user),
    tls: { verify, names: serverName === undefined ? [] : [serverName], load },
    ...(proxy === undefined ? {} : { proxy }),
    warnings: ignored
      ? [`the server in --source (${options.server}) is not used: the kubeconfig ${path} names ${server}`]
      : [],
  }
}

/**
 * Of all that the kubeconfig says of the source's cluster and user; other contexts change nothing of it. Files that it
 * names are read anew as they are wanted. Rejects with `SourceConfigError`.
 */
export async function kubeconfigDigest(options: SourceOptions, path: string): Promise<string> {
  const yaml = await readYaml(await readText(options.cluster, path), path, options.cluster)
  const context = options.context === undefined ? currentContext(yaml) : contextNamed(yaml, options.context)
  const user = context.text('user') === undefined ? undefined : named(yaml, 'users', 'user', context)
  const said = [named(yaml, 'clusters', 'cluster', context).json(), user?.json()]
  return createHash('sha256').update(JSON.stringify(said)).digest('base64')
}

async function readText(cluster: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new SourceConfigError(
      cluster,
      {
        what: `the kubeconfig ${readFailure(error)}`,
        where: path,
        remedy:
          'name one that this user may read: --source=kubernetes:?inClusterConfig=false&localKubeConfig=<path>',
      },
      error,
    )
  }
}

function currentContext(root: YamlPlace): YamlPlace {
  const name = root.text('current-context')
  if (name === undefined || name === '') {
    throw root.error('no current-context', 'choose one: kubectl config use-context <name>')
  }
  const context = entry(root, 'contexts', name)
  if (context === undefined) {
    throw root
      .at('current-context')
      .error(`no context is named ${JSON.stringify(name)}`, 'choose one: kubectl config use-context <name>')
  }
  return context.at('context')
}

function contextNamed(root: YamlPlace, name: string): YamlPlace {
  const context = entry(root, 'contexts', name)
  if (context !== undefined) return context.at('context')
  const names = root
    .at('contexts')
    .items()
    .flatMap((item) => item.text('name') ?? [])
  throw root.error(
    `no context is named ${JSON.stringify(name)}`,
    `name one of ${names.join(', ') || '(there is none)'} in the source's option context`,
  )
}

/** As client-go has it: a token or a client certificate of the user's own goes before the program. */
function execPluginOf(user: YamlPlace, path: string, around: ExecSurroundings): ExecPlugin | undefined {
  const others = ['token', 'tokenFile', 'username', 'client-certificate', 'client-certificate-data']
  if (!user.has('exec') || others.some((field) => user.text(field))) return undefined
  return new ExecPlugin(readExec(user.at('exec'), path), around)
}

/** As client-go tells it: the server as it is written, and a CA's file as its content. */
async function execClusterOf(cluster: YamlPlace, path: string, verify: boolean): Promise<ExecCluster> {
  const ca = verify ? await pem(cluster, 'certificate-authority', path) : undefined
  const serverName = cluster.text('tls-server-name')
  const proxyUrl = cluster.text('proxy-url')
  const extension = cluster
    .at('extensions')
    .items()
    .find((item) => item.text('name') === execExtension)
  return {
    server: cluster.text('server') ?? '',
    ...(serverName && { 'tls-server-name': serverName }),
    ...(!verify && { 'insecure-skip-tls-verify': true }),
    ...(ca !== undefined && { 'certificate-authority-data': Buffer.from(ca, 'latin1').toString('base64') }),
    ...(proxyUrl && { 'proxy-url': proxyUrl }),
    ...(cluster.flag('disable-compression') && { 'disable-compression': true }),
    config: extension?.at('extension').json() ?? null,
  }
}

function named(root: YamlPlace, list: string, what: string, context: YamlPlace): YamlPlace {
  const name = context.text(what)
  if (name === undefined || name === '') {
    throw context.error(`the context names no ${what}`, `add \`${what}: <name>\` to it`)
  }
  const found = entry(root, list, name)
  if (found === undefined) {
    throw context
      .at(what)
      .error(`no ${what} is named ${JSON.stringify(name)}`, `add it under \`${list}\`, or name another`)
  }
  return found.at(what)
}

function entry(root: YamlPlace, list: string, name: string): YamlPlace | undefined {
  return root
    .at(list)
    .items()
    .find((item) => item.text('name') === name)
}

function serverOf(cluster: YamlPlace, material: TlsMaterial, verify: boolean): string {
  const text = cluster.text('server')
  if (text === undefined || text === '') {
    throw cluster.error('the cluster has no server', 'add `server: https://<host>:<port>`')
  }
  // As client-go has it: without a scheme it is http, unless TLS is configured.
  const secure = material.ca !== undefined || material.cert !== undefined || !verify
  const url = text.includes('://') ? text : `${secure ? 'https' : 'http'}://${text}`
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw cluster.at('server').error('the server is no URL', 'write `server: https://<host>:<port>`')
  }
  const { protocol, host, pathname } = new URL(url)
  return withoutSlash(`${protocol}//${host}${pathname}`)
}

function proxyOf(cluster: YamlPlace): Proxy | undefined {
  const text = cluster.text('proxy-url')
  if (!text) return undefined
  const read = readProxyUrl(text)
  if (read.kind === 'proxy') return read.proxy
  throw cluster
    .at('proxy-url')
    .error(
      read.kind === 'unsupported'
        ? `a proxy that speaks ${read.scheme} is not supported`
        : 'the proxy-url is no URL of a proxy',
      'write `proxy-url: http://<host>:<port>` or `https://<host>:<port>`',
    )
}

async function credentialsOf(
  user: YamlPlace,
  path: string,
  clock: Clock,
  material: TlsMaterial,
): Promise<Credentials> {
  const token = user.text('token') || undefined
  const file = user.text('tokenFile')
  if (file !== undefined && file !== '') {
    const credentials = tokenFile(beside(path, file), clock, token)
    await credentials.authorization().catch((error: unknown) => {
      throw user
        .at('tokenFile')
        .error(
          `the token file ${beside(path, file)} ${readFailure(error)}`,
          'make it readable, or name another',
        )
    })
    return credentials
  }
  if (token !== undefined) return staticToken(token)
  const username = user.text('username')
  if (username) return basicAuth(username, user.text('password') ?? '')
  for (const field of ['auth-provider']) {
    if (user.has(field) && material.cert === undefined) {
      throw user
        .at(field)
        .error(
          `a user that gets its token from a program (${field}) is not supported`,
          'use exec, a token, a token file or a client certificate; `kubectl create token <service account>` makes a token',
        )
    }
  }
  return anonymous
}

/** A user who acts as another: left out, the watch would see what it must not. */
function impersonation(user: YamlPlace): Record<string, string | readonly string[]> {
  const headers: Record<string, string | readonly string[]> = {}
  const name = user.text('as')
  const uid = user.text('as-uid')
  const groups = user
    .at('as-groups')
    .items()
    .map((item) => item.text())
    .filter((group) => group !== undefined)
  if (name) headers['Impersonate-User'] = name
  if (uid) headers['Impersonate-Uid'] = uid
  if (groups.length > 0) headers['Impersonate-Group'] = groups
  return headers
}

/** `<field>-data` as base64, or the file that `<field>` names, relative to the kubeconfig. */
async function pem(place: YamlPlace, field: string, path: string): Promise<string | undefined> {
  const inline = place.text(`${field}-data`)
  if (inline) {
    const text = Buffer.from(inline, 'base64').toString('latin1')
    if (text.includes('-----BEGIN')) return text
    throw place
      .at(`${field}-data`)
      .error(`${field}-data is no PEM in base64`, 'take it over from a working kubeconfig')
  }
  const file = place.text(field)
  if (!file) return undefined
  try {
    // Byte by byte: what is not ASCII stands in comments only, and is told on as it was.
    return await readFile(beside(path, file), 'latin1')
  } catch (error) {
    throw place
      .at(field)
      .error(`the file ${beside(path, file)} ${readFailure(error)}`, 'make it readable, or name another')
  }
}

function beside(kubeconfig: string, file: string): string {
  return isAbsolute(file) ? file : join(dirname(kubeconfig), file)
}
