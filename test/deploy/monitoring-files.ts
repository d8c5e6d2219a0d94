/** The alerts and the dashboard in deploy/monitoring, and what they ask Prometheus. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import * as z from 'zod'

const folder = join(import.meta.dirname, '..', '..', 'deploy', 'monitoring')
export const rulesFile = join(folder, 'rules.yaml')
export const rulesTestFile = join(folder, 'rules.test.yaml')
export const dashboardFile = join(folder, 'dashboard.json')

const rulesSchema = z.object({
  groups: z.array(
    z.object({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string(),
          expr: z.string(),
          for: z.optional(z.string()),
          labels: z.strictObject({ severity: z.enum(['warning', 'critical']) }),
          annotations: z.strictObject({ summary: z.string(), description: z.string(), runbook: z.string() }),
        }),
      ),
    }),
  ),
})

export type Alert = z.output<typeof rulesSchema>['groups'][number]['rules'][number]

export function readAlerts(): readonly Alert[] {
  return rulesSchema.parse(parse(readFileSync(rulesFile, 'utf8'))).groups.flatMap(({ rules }) => rules)
}

const panelSchema = z.object({
  id: z.number(),
  title: z.string(),
  gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
  targets: z._default(z.array(z.object({ expr: z.string(), legendFormat: z.string() })), []),
})
const dashboardSchema = z.object({ panels: z.array(panelSchema) })

export type Panel = z.output<typeof panelSchema>

/** Those that show something; the others are headings. */
export function readPanels(): readonly Panel[] {
  const { panels } = dashboardSchema.parse(JSON.parse(readFileSync(dashboardFile, 'utf8')))
  return panels.filter(({ targets }) => targets.length > 0)
}

/** Grafana's variables, as Prometheus gets them. */
export function withoutVariables(expression: string, rateInterval: string): string {
  return expression.replaceAll('$instance', '.*').replaceAll('$__rate_interval', rateInterval)
}
