/**
 * The process as Prometheus' own clients tell it (`process_*`), and a few of Node's own (`nodejs_*`). All are asked
 * for at the scrape: nothing here runs a timer, so none wakes an idle process (a histogram of event-loop delay
 * would; how busy the loop is, libuv counts anyway).
 */
import { readFileSync, readdirSync } from 'node:fs'
import type { Metric } from './exposition.ts'

const startedAtSeconds = Math.round(Date.now() / 1000 - process.uptime())

export function processMetrics(): readonly Metric[] {
  return [
    gauge(
      'process_start_time_seconds',
      'Start time of the process since unix epoch in seconds.',
      () => startedAtSeconds,
    ),
    counter('process_cpu_seconds_total', 'Total user and system CPU time spent in seconds.', () => {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1e6
    }),
    gauge('process_resident_memory_bytes', 'Resident memory size in bytes.', () => process.memoryUsage.rss()),
    gauge('process_virtual_memory_bytes', 'Virtual memory size in bytes.', () => {
      const kib = /^VmSize:\s+(\d+) kB/m.exec(ofProcess('status'))?.[1]
      return kib === undefined ? undefined : Number(kib) * 1024
    }),
    gauge('process_virtual_memory_max_bytes', 'Maximum amount of virtual memory available in bytes.', () =>
      limit('Max address space'),
    ),
    // Reading the folder opens it: one descriptor is the reader's.
    gauge('process_open_fds', 'Number of open file descriptors.', () => {
      const open = openDescriptors()
      return open === undefined ? undefined : open - 1
    }),
    gauge('process_max_fds', 'Maximum number of open file descriptors.', () => limit('Max open files')),
    gauge(
      'nodejs_heap_size_used_bytes',
      'Part of the JavaScript heap in use, in bytes.',
      () => process.memoryUsage().heapUsed,
    ),
    gauge(
      'nodejs_heap_size_total_bytes',
      'Size of the JavaScript heap in bytes.',
      () => process.memoryUsage().heapTotal,
    ),
    gauge(
      'nodejs_external_memory_bytes',
      'Memory of objects outside the JavaScript heap, in bytes.',
      () => process.memoryUsage().external,
    ),
    counter(
      'nodejs_eventloop_active_seconds_total',
      'Time the event loop was busy, in seconds; its rate is its utilization.',
      () => performance.eventLoopUtilization().active / 1000,
    ),
    {
      name: 'nodejs_version_info',
      type: 'gauge',
      help: 'Version of Node.js.',
      labels: ['version'],
      collect: (write) => write(`{version="${process.version}"}`, 1),
    },
  ]
}

function gauge(name: string, help: string, ask: () => number | undefined): Metric {
  return simple('gauge', name, help, ask)
}

function counter(name: string, help: string, ask: () => number | undefined): Metric {
  return simple('counter', name, help, ask)
}

function simple(
  type: 'gauge' | 'counter',
  name: string,
  help: string,
  ask: () => number | undefined,
): Metric {
  return {
    name,
    type,
    help,
    labels: [],
    collect: (write) => {
      const value = ask()
      if (value !== undefined) write('', value)
    },
  }
}

/** `/proc` is the kernel's memory, not a disk: reading it at once holds nothing up. '' where there is none. */
function ofProcess(file: 'status' | 'limits'): string {
  try {
    return readFileSync(`/proc/self/${file}`, 'utf8')
  } catch {
    return ''
  }
}

function openDescriptors(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    return undefined
  }
}

/** The soft limit; `undefined` where it cannot be read. */
function limit(name: string): number | undefined {
  const soft = new RegExp(`^${name}\\s+(\\S+)`, 'm').exec(ofProcess('limits'))?.[1]
  if (soft === undefined) return undefined
  // Other clients show the kernel's own figure for it.
  return soft === 'unlimited' ? 2 ** 64 : Number(soft)
}
