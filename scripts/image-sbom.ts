/** The image's software bill of materials: SPDX 2.3 as JSON (https://spdx.github.io/spdx-spec/v2.3/). */
import { createHash } from 'node:crypto'
import type { FetchedParts } from './image-parts.ts'
import type { Release } from './image-release.ts'

interface Component {
  readonly id: string
  readonly name: string
  readonly version: string
  readonly licence: string
  /** https://github.com/package-url/purl-spec, what scanners look advisories up by. */
  readonly purl: string
  readonly checksum?: { readonly algorithm: 'SHA256' | 'SHA512'; readonly checksumValue: string }
}

/** Says nothing of when it was made but the release's own time, so that the same parts give the same bytes. */
export function spdxOf(parts: FetchedParts, release: Release): string {
  const program: Component = {
    id: 'kube-eventer',
    name: 'kube-eventer',
    version: release.version,
    licence: 'Apache-2.0',
    purl: `pkg:npm/kube-eventer@${release.version}`,
  }
  const contents = [...systemComponents(parts), ...bundledComponents(release)]
  const name = `kube-eventer-${release.version}-linux-${parts.architecture}`
  const document = {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name,
    documentNamespace: `https://spdx.org/spdxdocs/${name}-${identityOf([program, ...contents])}`,
    creationInfo: { created: release.created, creators: [`Tool: kube-eventer-image-${release.version}`] },
    packages: [program, ...contents].map(packageOf),
    relationships: [
      relationship('DOCUMENT', 'DESCRIBES', program.id),
      ...contents.map(({ id }) => relationship(program.id, 'DEPENDS_ON', id)),
    ],
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

function systemComponents(parts: FetchedParts): Component[] {
  const { node, debian, architecture } = parts
  return [
    {
      id: 'node',
      name: 'node',
      version: node.version,
      licence: 'MIT',
      purl: `pkg:npm/${node.package}@${node.version}`,
      checksum: { algorithm: 'SHA512', checksumValue: node.sha512 },
    },
    ...debian.map(({ name, version, sha256 }): Component => ({
      id: `debian-${name}`,
      name,
      version,
      // Many a package has several: its own file tells, under /usr/share/doc.
      licence: 'NOASSERTION',
      purl: `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${architecture}`,
      checksum: { algorithm: 'SHA256', checksumValue: sha256 },
    })),
  ]
}

function bundledComponents(release: Release): Component[] {
  return release.bundled.map(({ name, version, licence }) => ({
    id: `npm-${name}`,
    name,
    version,
    licence,
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
  }))
}

function packageOf({ id, name, version, licence, purl, checksum }: Component): object {
  return {
    SPDXID: spdxId(id),
    name,
    versionInfo: version,
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    licenseConcluded: 'NOASSERTION',
    licenseDeclared: licence,
    copyrightText: 'NOASSERTION',
    ...(checksum === undefined ? {} : { checksums: [checksum] }),
    externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl }],
  }
}

function relationship(from: string, type: 'DESCRIBES' | 'DEPENDS_ON', to: string): object {
  return { spdxElementId: spdxId(from), relationshipType: type, relatedSpdxElement: spdxId(to) }
}

/** Letters, digits, dots and hyphens only. */
function spdxId(id: string): string {
  return `SPDXRef-${id.replaceAll(/[^A-Za-z0-9.-]/g, '-')}`
}

function identityOf(components: readonly Component[]): string {
  return createHash('sha256').update(JSON.stringify(components)).digest('hex').slice(0, 16)
}
