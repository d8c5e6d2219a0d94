/** Where helm comes from: built once with Go into the tests' cache. */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from './cache-folder.ts'
import { demandGo, downloadGoModule, go } from './go.ts'

const helmVersion = '3.22.0'
/** The operator's CustomResourceDefinitions come with its sources. */
const prometheusOperator = 'github.com/prometheus-operator/prometheus-operator@v0.85.0'

function placeOfHelm(): string {
  return join(cacheFolder(), `helm-v${helmVersion}`)
}

/** @throws Error that says how to get it. */
export function findHelm(): string {
  const helm = placeOfHelm()
  if (existsSync(helm)) return helm
  throw new Error('no helm: `npm run test:servers -- helm` builds it')
}

export async function installHelm(print: (line: string) => void): Promise<void> {
  demandGo('helm')
  downloadGoModule(prometheusOperator)
  if (!existsSync(placeOfHelm())) {
    const folder = join(cacheFolder(), `build-helm-${process.pid}`)
    mkdirSync(folder, { recursive: true })
    try {
      print(`building helm v${helmVersion}, once: about two minutes on two cores`)
      const args = ['install', '-trimpath', '-ldflags=-s -w', `helm.sh/helm/v3/cmd/helm@v${helmVersion}`]
      await go(args, folder, print, { GOBIN: folder })
      renameSync(join(folder, 'helm'), placeOfHelm())
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
  print(findHelm())
}

/** Files of the CustomResourceDefinitions of ServiceMonitor and PrometheusRule. */
export function prometheusOperatorCrds(): readonly string[] {
  const { dir } = downloadGoModule(prometheusOperator)
  return ['servicemonitors', 'prometheusrules'].map((plural) =>
    join(dir, 'example', 'prometheus-operator-crd', `monitoring.coreos.com_${plural}.yaml`),
  )
}
