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
  tail: {
    summary: '实时显示收到的事件',
    about:
      '显示正在运行的程序从现在起收到的事件，不管各个 sink 如何处理它们。过滤条件与 sink 的相同：给出的每一项都必须匹配。按 Ctrl-C 结束。只有终端才有颜色，设置 NO_COLOR 可关闭。',
    flags: {
      level: 'all、Normal（含 Warning）或 Warning；默认 all',
      namespace: '对象的命名空间：用逗号分隔的名称；含 * + ? 等字符时是正则表达式',
      kind: '对象的类型，写法相同',
      name: '对象的名称，写法相同',
      reason: '事件的 reason：用逗号分隔的正则表达式，匹配其中任意部分',
      object: '对象的 kind/namespace/name：匹配其中任意部分的正则表达式',
      json: '每个事件一行 JSON：offset、cluster、arrivedAt、event',
      'data-dir': dataDir,
    },
    examples: {
      'Warnings of one namespace': '一个命名空间的告警',
      'One deployment, and all that belongs to it': '一个 Deployment 以及属于它的一切',
      'For jq, or another program': '交给 jq 或其他程序',
    },
    exitCodes: {
      0: '按要求结束',
      1: '无法询问程序',
      2: '用法错误',
      3: '程序已停止，或在此期间停止了',
    },
  },
  sinks: {
    summary: '列出所有 sink，或说明其中一个',
    about:
      '不带名称：每个 sink 及其用途。带名称：它的选项、示例和发送方式。使用 --json 时还包括配置文件中选项的 JSON Schema。不会询问程序或集群。',
    flags: { json },
    examples: {
      'All of them': '全部',
      'All about one': '其中一个的全部说明',
      "The schema of one's options": '其选项的 schema',
    },
    exitCodes: { 0: '已显示', 2: '用法错误，例如没有这个名称的 sink' },
  },
  check: {
    summary: '检查配置能否正常工作，不发送任何消息',
    about:
      '接受 run 的全部选项。像 --strict 一样严格地读取配置，询问每个集群此账号能否 get、list 和 watch 事件，并在不发送告警的情况下连接每个 sink 的目的地。说明哪里有问题、为什么、怎么办。不创建、不发送任何东西。',
    flags: { json },
    examples: {
      'What the pod would run': '检查 Pod 将要运行的配置',
      'A configuration file, in a pipeline': '在流水线里检查配置文件',
    },
    exitCodes: { 0: '没有错误；可能有警告', 1: '有错误', 2: '配置完全无法读取' },
  },
  rbac: {
    summary: '为一份配置打印最小权限，可直接交给 kubectl apply',
    about:
      '接受 run 的全部选项。打印一个 ServiceAccount 以及必须授予它的权限：读取所有命名空间（或事件源指定的命名空间）的事件，以及按名称读取各个 sink 用作消息体的 ConfigMap。不询问集群。配置文件引用的密钥不必存在。',
    flags: {
      namespace: 'ServiceAccount 和 Pod 所在的命名空间（默认 kube-system）',
      'service-account': 'ServiceAccount 的名称（默认 kube-eventer）',
      cluster: '有多个集群时选哪一个：写监听它的事件源的名称',
    },
    examples: {
      'What the pod would run': 'Pod 将要运行的配置',
      'A configuration file, for a pod in another namespace': '配置文件，Pod 在另一个命名空间',
    },
    exitCodes: { 0: '已打印', 2: '配置有错误；命令行里有错误的 sink 会被略去' },
  },
  dead: {
    summary: '列出、查看、重新发送或丢弃被 sink 最终拒绝的事件',
    about:
      '死信是一个事件的副本，以及它被拒绝的原因和目的地的答复。replay 通过原来的 sink 再次发送：这次被接受的不再是死信，再次被拒绝的仍然是死信。list 和 show 在程序停止时也能用；replay 和 drop 由正在运行的程序执行，返回时已写入磁盘。',
    flags: {
      sink: '此 sink 的死信，名称见 status',
      all: '所有 sink 的死信',
      limit: '列出多少条，最新的在前（默认 50）',
      json,
      'data-dir': dataDir,
    },
    examples: {
      'The newest of one sink': '一个 sink 最新的死信',
      'One with its event': '查看一条及其事件',
      'Send all of one sink again, after its template was mended': '修好模板后，重新发送一个 sink 的全部死信',
      'Drop two': '丢弃两条',
    },
    exitCodes: {
      0: '完成',
      1: '无法完成，或没有这条死信',
      2: '用法错误',
      3: '程序已停止，而只有正在运行的程序才能执行',
    },
  },
  replay: {
    summary: '让一个 sink 重新发送日志存储里的事件，或发送一份录制',
    about:
      '--since：sink 从那里起重新读取日志存储，经过它现在的过滤条件，把通过的事件再发送一次；之后继续发送新事件。其他 sink 不受影响。正在发送或等待重试的事件不受打扰，也不会因此发送两次。\n\n--from：sink 发送一份录制里的事件，与新事件轮流进行。它现在的过滤条件照常生效，除非写了 --no-filter。被它拒绝的事件成为死信。命令先通读整份录制：不是录制的文件会被拒绝并指出行号，其中的事件一条也不发送。随后按 sink 的发送速度交给程序：程序里最多有 10000 条等待，录制很长时命令会一直运行。按 Ctrl-C 可以结束；已经交出的仍会发送，用 --first-line 从其后继续。执行两次就发送两次。\n\n由正在运行的程序执行；命令报告过的都已写入磁盘。',
    flags: {
      since: '程序收到事件的时间：2h，或 2026-03-02T10:00:00Z',
      from: 'record 写出的文件，gzip 压缩与否均可',
      sink: 'sink 的名称，见 status',
      'no-filter': '与 --from 同用：sink 的过滤条件会拦下的也发送',
      cluster: '与 --from 同用：这些事件的集群叫什么（默认 default）',
      'first-line': '与 --from 同用：跳过它之前的行（默认 1）',
      'dry-run': '只说明有多少事件，不执行',
      json,
      'data-dir': dataDir,
    },
    examples: {
      'How many events it would be': '先看有多少事件',
      'After the destination lost some': '目的地丢失了一些事件之后',
      'An incident that was recorded, to a sink that was not there yet':
        '把录下的一次故障发给当时还不存在的 sink',
    },
    exitCodes: {
      0: '完成；也可能没有事件',
      1: '无法完成，或没有全部完成；这时会说明从哪里继续',
      2: '用法错误',
      3: '程序已停止，而只有正在运行的程序才能执行',
    },
  },
  search: {
    summary: '在日志存储里按词语、对象、原因和时间查找事件',
    about:
      '每个词都要出现在消息、reason 或对象名称里，或者是其中某个词的开头；不区分大小写和重音。双引号里的短语按原样查找。给出的每个选项也都必须匹配。显示最新的结果，按到达的先后排列。读的是日志存储，程序在运行或已停止都可以。',
    flags: {
      level: 'all、Normal（含 Warning）或 Warning；默认 all',
      namespace: '对象的命名空间：用逗号分隔的名称；含 * + ? 等字符时是正则表达式',
      kind: '对象的类型，写法相同',
      name: '对象的名称，写法相同',
      reason: '事件的 reason：用逗号分隔的正则表达式，匹配其中任意部分',
      object: '对象的 kind/namespace/name：匹配其中任意部分的正则表达式',
      since: '从这时起到达的：2h，或 2026-03-02T10:00:00Z；不写则不限',
      until: '在这之前到达的，写法相同',
      limit: '显示最新的多少个（默认 50，最多 10000）',
      follow: '接着显示新到的事件，直到按 Ctrl-C；需要程序正在运行',
      json: '每个事件一行 JSON：offset、cluster、arrivedAt、event',
      'data-dir': dataDir,
    },
    examples: {
      'What the registry had to do with it': '和镜像仓库有关的',
      'A phrase, in one namespace': '一个短语，限定命名空间',
      'All about one pod, and what comes next': '关于一个 Pod 的全部，以及接下来的',
    },
    exitCodes: {
      0: '找到了，或按要求结束',
      1: '什么也没找到，或日志存储读不了',
      2: '用法错误',
      3: '要继续跟踪：程序已停止，或在此期间停止了',
    },
  },
  report: {
    summary: '统计一段时间里出了多少问题：按工作负载、对象、原因、命名空间或节点',
    about:
      '按 Kubernetes 的口径计数：一个事件的次数从 3 更新到 7，算 4 次。时间段按事件到达的时间划分，所以每个事件只属于一个时间段；表里的时间是事件自己的时间。工作负载从控制器的事件和 Kubernetes 的命名规则推断。只读日志存储，程序在运行或已停止都可以，什么也不改。',
    flags: {
      since: '从这里开始：24h，或 2026-03-02T10:00:00Z（默认 24h）',
      until: '到这里结束，写法相同；不写就是现在',
      by: 'owner（工作负载）、object、reason、namespace 或 node（默认 owner）',
      where:
        "统计哪些事件：'level=Warning namespaces=shop reason!=Pulled'；'' 表示全部（默认 level=Warning）",
      top: '显示多少行，其余只给出合计（默认 20）',
      format: 'table、markdown、json 或 csv（默认 table）',
      tz: '时间所用的时区，如 Asia/Shanghai；不写则用 TZ',
      'data-dir': dataDir,
    },
    examples: {
      "Yesterday's failures, by workload": '最近一天的故障，按工作负载',
      'The busiest nodes of the last hour': '最近一小时问题最多的节点',
      'One namespace, for a spreadsheet': '某个命名空间，导出给电子表格',
    },
    exitCodes: { 0: '已显示；也可能什么都没有', 1: '日志存储读不了', 2: '用法错误' },
  },
  explain: {
    summary: '说明一个事件在每个 sink 的结果及原因',
    about:
      '名称或 uid 可以是事件的，也可以是它所涉及对象的；没有命名空间的对象写作 /NAME。对日志存储中该事件的每个状态（最新的在前），说明每个 sink：何时发送、被什么过滤、仍在等待，或为何成为死信。过滤条件是现在运行的；程序停止时无法得知。命令在自己的进程里读取日志存储，必要时读取全部。',
    flags: {
      limit: '说明多少个状态，最新的在前（默认 10，最多 100）',
      json,
      'data-dir': dataDir,
    },
    examples: {
      'The newest events of a pod': '一个 Pod 最新的事件',
      'One event by its uid': '按 uid 查一个事件',
    },
    exitCodes: { 0: '已说明', 1: '日志存储中没有这个事件，或无法读取', 2: '用法错误' },
  },
  render: {
    summary: '显示模板对一个事件的渲染结果、哪些值做了转义，以及结果是不是 JSON',
    about:
      '渲染方式与各个 sink 相同。消息体按将要发送的样子写到标准输出；转义了什么、为什么，消息体是不是 JSON、错在哪里，写到标准错误。--sink=ARGUMENT（写法与 run 相同）表示使用该 sink 的模板、内容类型和转义方式。不会向任何地方发送。',
    flags: {
      template: '模板文件；- 表示标准输入',
      configmap: '含有模板的 ConfigMap，键为 content',
      source: 'ConfigMap 所在的集群，与 run 相同',
      event:
        '一个内置事件（默认 crash-loop）、全部内置事件（all），或含有事件的文件，格式与 kubectl 的输出相同；- 表示标准输入',
      tz: '时间的时区，例如 Asia/Shanghai（默认 TZ）',
      sink: '按发送到那里的方式：webhook、聊天平台（如 dingtalk），或 run 的完整 --sink',
      'content-type': '按这个 Content-Type 发送',
      escape: '是否为 JSON 转义，同 ke.escape（默认 auto）',
      watch: '文件或 ConfigMap 每次变化后重新渲染，直到按 Ctrl-C',
      'list-events': '列出内置事件',
      functions: '列出模板函数，各带一个示例；带 NAME 时只说明那一个',
      json,
    },
    examples: {
      'A template in a file': '文件里的模板',
      'What DingTalk would be sent of each built-in event': '每个内置事件会给钉钉发送什么',
      "A cluster's ConfigMap, again after each kubectl edit":
        '集群里的 ConfigMap，每次 kubectl edit 之后重新渲染',
      'A sink as run has it': '与 run 相同的 sink',
      'All about one function': '一个函数的全部说明',
    },
    exitCodes: {
      0: '已渲染；以 JSON 发送的都是 JSON',
      1: '模板有误或读不到，或以 JSON 发送的不是 JSON',
      2: '用法错误',
    },
  },
  record: {
    summary: '把一个集群的事件实时写入文件',
    about:
      '像 run 一样监听，事件源的选项也相同，把每个事件连同收到的时间写成一行 NDJSON。按 Ctrl-C 结束。run --source=recording:FILE 把它回放到各个 sink，demo --recording=FILE 在演示中回放。不会向任何地方发送。',
    flags: {
      to: '录制文件，名称以 .gz 结尾时会压缩；不能已经存在',
      source: '集群，与 run 相同',
      'look-back': '从已经存在且比这更新的事件开始',
    },
    examples: { 'An incident, from a workstation': '在工作站上录制一次故障' },
    exitCodes: { 0: '按要求结束；收到的都已写入', 1: '集群或文件无法使用', 2: '用法错误' },
  },
}
