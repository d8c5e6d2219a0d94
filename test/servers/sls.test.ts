/** The sink sls against a stand-in that checks signatures, groups and limits: nobody can run SLS themselves. */
import { runDestinationSuite } from './sink-suite.ts'
import { standInKey, standInPlace, startSls } from './sls-server.ts'

const { project, logStore, region } = standInPlace

runDestinationSuite({
  name: 'a stand-in for SLS',
  idempotent: false,
  start: async () => {
    const server = await startSls()
    return {
      argument:
        `sls:https://sls.aliyuncs.com?project=${project}&logStore=${logStore}&regionId=${region}` +
        `&accessKeyId=${standInKey.id}&accessKeySecret=${standInKey.secret}&ke.timeout=2s`,
      // The HTTP client and what groups are made in, measured.
      clientMiB: 20,
      env: { SLS_ENDPOINT: `http://${server.host}` },
      readBack: () => Promise.resolve(server.messages()),
      stop: server.stop,
      start: server.start,
      freeze: server.freeze,
      thaw: server.thaw,
      close: server.close,
    }
  },
})
