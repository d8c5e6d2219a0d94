/** Recordings of public services: the recorder stands in for the service, so that no run ever leaves the machine. */
import type { Recording } from './recording.ts'

/** Hosts that a recording's sink may send to by their own name. */
const services = [
  'oapi.dingtalk.com',
  'qyapi.weixin.qq.com',
  'api.honeycomb.io',
  'cn-test.log.aliyuncs.com',
  '1000000000000001.eventbridge.cn-test-vpc.aliyuncs.com',
  '1000000000000001.eventbridge.cn-test.aliyuncs.com',
]

/** The recording with the recorder in the service's place, on the command line and in what is expected. */
export function atTheRecorder(recording: Recording): Recording {
  const replace = (text: string): string =>
    services.reduce((changed, service) => changed.replaceAll(service, '<recorder>'), text)
  return {
    ...recording,
    argv: recording.argv.map((argument) => {
      if (/^--?sink=dingtalk:/.test(argument)) return replace(argument)
      if (/^--?sink=honeycomb:(?!.*apihost=)/.test(argument)) return `${argument}&apihost=https://<recorder>`
      if (/^--?sink=sls:/.test(argument) && recording.env['SLS_ENDPOINT'] === undefined) {
        return `${argument}&ke.endpoint=https://<recorder>`
      }
      if (/^--?sink=eventbridge:/.test(argument)) return `${argument}&ke.endpoint=http://<recorder>`
      // Its address is no part of the original's command line.
      return /^--?sink=wechat:/.test(argument) ? `${argument}&ke.endpoint=https://<recorder>` : argument
    }),
    requests: recording.requests.map(({ headers, ...request }) => ({
      ...request,
      ...(headers && {
        headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, replace(value)])),
      }),
    })),
  }
}
