/** What a PromQL expression asks for: names of metrics, and of labels. As much of its grammar as ours need. */

export interface Asked {
  readonly metrics: readonly string[]
  readonly labels: readonly string[]
}

const words = new Set(['and', 'or', 'unless', 'bool', 'offset', 'by', 'without', 'on', 'ignoring'])
const grouping = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g

export function askedBy(expression: string): Asked {
  const labels: string[] = []
  const bare = expression
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
    .replaceAll(/\{([^}]*)\}/g, (_, matchers: string) => {
      labels.push(...[...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label))
      return ''
    })
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(grouping, (_, list: string) => {
      labels.push(...list.split(',').flatMap((label) => label.trim() || []))
      return ''
    })
  const names = [...bare.matchAll(/[A-Za-z_:][\w:]*(?!\w|\s*\()/g)].map(([name]) => name)
  return {
    metrics: [...new Set(names.filter((name) => !words.has(name)))],
    labels: [...new Set(labels)],
  }
}
