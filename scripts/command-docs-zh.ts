/** The Chinese of what commands' declarations say, for the pages in docs/zh/commands. A test finds what is missing. */

export interface ChineseTexts {
  readonly summary: string
  readonly about: string
  /** By the flag's name. */
  readonly flags: Readonly<Record<string, string>>
  /** By the English title. */
  readonly examples: Readonly<Record<string, string>>
  readonly exitCodes: Readonly<Record<number, string>>
}

const json = '输出供程序读取的 JSON'
const dataDir = '程序的数据目录；不写则在默认位置查找'

/** By the command's name. */
export const chineseTexts: Readonly<Record<string, ChineseTexts>> = {
  status: {
    summary: '显示事件源、日志存储和每个 sink 的状态',
    about:
      '通过数据目录里的套接字询问正在运行的程序。程序已停止时，读取它的日志存储：事件源和每个 sink 停在哪里，还有多少事件在等待。',
    flags: { json, 'data-dir': dataDir },
    examples: { 'In the pod': '在 Pod 里', 'What a script reads': '供脚本读取' },
    exitCodes: {
      0: '程序在运行，一切正常',
      1: '程序在运行但有异常，或者无法询问它',
      2: '用法错误',
      3: '程序已停止',
    },
  },
}
