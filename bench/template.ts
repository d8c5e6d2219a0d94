/** How long a body takes to render: `node bench/template.ts`. Run nothing beside it. */
import { stdout } from 'node:process'
import type { KubernetesEvent } from '../src/domain/event.ts'
import { TimeZones } from '../src/gotime/time-zones.ts'
import { compileTemplate } from '../src/template/template.ts'

const defaultBody = `
{
	"EventType": "{{ .Type }}",
	"EventKind": "{{ .InvolvedObject.Kind }}",
	"EventReason": "{{ .Reason }}",
	"EventTime": "{{ .LastTimestamp }}",
	"EventMessage": "{{ .Message }}"
}`

const documentsBody =
  '{"msgtype": "text","text": {"content": "Cluster:name\\nEventType:{{ .Type }}\\n' +
  'EventNamespace:{{ .InvolvedObject.Namespace }}\\nEventKind:{{ .InvolvedObject.Kind }}\\n' +
  'EventObject:{{ .InvolvedObject.Name }}\\nEventReason:{{ .Reason }}\\nEventTime:{{ .LastTimestamp }}\\n' +
  'EventMessage:{{ .Message }}","mentioned_list":["name","@all"]}}'

const richBody =
  '{"level": "{{if eq .Type "Warning"}}warn{{else}}info{{end}}", "text": "{{range $k, $v := .Labels}}{{$k}}={{$v}} ' +
  '{{end}}{{with .InvolvedObject}}{{.Kind}}/{{.Namespace}}/{{.Name}}{{end}}", "count": {{.Count}}, ' +
  '"at": "{{.LastTimestamp.Format "2006-01-02 15:04:05"}}", "message": {{printf "%q" .Message}}}'

/** What must not be passed, in µs, on a machine of the day. */
const works = [
  { work: 'default body', body: defaultBody, most: 3 },
  { work: "a body of the documents' size", body: documentsBody, most: 6 },
  { work: 'branches, loops, functions', body: richBody, most: undefined },
] as const

const event: KubernetesEvent = {
  metadata: {
    name: 'web-5d4c7.17c9f0a1b2c3d4e5',
    namespace: 'shop',
    uid: 'd2c1c6f0-5a53-4c8e-9a11-0c1f6a1f0001',
    resourceVersion: '4711',
    creationTimestamp: '2026-05-06T07:08:09Z',
    labels: { app: 'web', team: 'payments', tier: 'front' },
  },
  involvedObject: { kind: 'Pod', namespace: 'shop', name: 'web-5d4c7', uid: 'a1', apiVersion: 'v1' },
  reason: 'BackOff',
  message:
    'Back-off restarting failed container "web" in pod web-5d4c7_shop(d2c1c6f0-5a53-4c8e-9a11-0c1f6a1f0001)',
  source: { component: 'kubelet', host: 'node-1' },
  firstTimestamp: '2026-05-06T07:08:09Z',
  lastTimestamp: '2026-05-06T07:18:09Z',
  count: 12,
  type: 'Warning',
}

const rounds = 200_000
const repetitions = 5
const zones = new TimeZones({ tz: 'Asia/Shanghai' })

/** Best of several, in µs a rendering. */
function measure(body: string): number {
  const result = compileTemplate(body, { escape: 'auto', sendsJson: true, functions: 'builtin', zones })
  if (!result.ok) throw new Error(result.error.message)
  const now = { epochMs: Date.UTC(2026, 4, 6) }
  let best = Infinity
  let bytes = 0
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const start = performance.now()
    for (let round = 0; round < rounds; round++) {
      const rendered = result.template.render(event, now)
      bytes += rendered.ok ? rendered.text.length : 0
    }
    best = Math.min(best, performance.now() - start)
  }
  if (bytes === 0) throw new Error('nothing was rendered')
  return (best * 1_000) / rounds
}

for (const { work, body, most } of works) {
  const took = measure(body)
  const verdict = most === undefined ? '' : `  must: ${most} µs  ${took <= most ? 'met' : 'MISSED'}`
  stdout.write(`${work.padEnd(32)}${took.toFixed(2).padStart(7)} µs${verdict}\n`)
}
