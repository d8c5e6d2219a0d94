/** Where a project is reached. https://www.alibabacloud.com/help/en/sls/developer-reference/endpoints */
import { isIPv4 } from 'node:net'
import { splitHost, splitUrl } from '../../sink-kit/raw-url.ts'

/** The service in a region, for clients inside the cloud's own network (`internal`) or outside. */
export function endpointIn(region: string, internal: boolean): string {
  return `https://${region}${internal ? '-intranet' : ''}.log.aliyuncs.com`
}

/** The region that the host of an endpoint names; `undefined` for other hosts. */
export function regionOfEndpoint(endpoint: string): string | undefined {
  const host = /^(?:[a-z]+:\/\/)?([^/?#]*)/i.exec(endpoint)?.[1] ?? ''
  return /^([a-z]+-[a-z0-9-]+?)(?:-intranet|-share)?\.log\.aliyuncs\.com(?::\d+)?$/i.exec(host)?.[1]
}

export interface ProjectAddress {
  /** `https://project.cn-hangzhou.log.aliyuncs.com` */
  readonly url: string
  /** Whom to connect to, where nobody resolves the project's name. */
  readonly address?: string
}

/** The project at an endpoint, which is plain HTTP where it names no scheme. `undefined` where it is no address. */
export function projectAt(project: string, endpoint: string): ProjectAddress | undefined {
  const parts = splitUrl(endpoint.includes('://') ? endpoint : `http://${endpoint}`)
  if (!parts || parts.host === '' || !/^https?$/.test(parts.scheme)) return undefined
  const { hostname } = splitHost(parts.host, parts.scheme)
  const url = `${parts.scheme}://${project}.${parts.host}`
  return isIPv4(hostname) || hostname === 'localhost' ? { url, address: hostname } : { url }
}
