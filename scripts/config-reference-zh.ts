/** What the reference of the configuration file says, in Chinese; by the English sentence. */
export const chinese: ReadonlyMap<string, string> = new Map([
  ['The file', '文件'],
  ['A source', '来源'],
  ['A sink', 'sink'],
  ['Filters', '过滤'],
  ['Options of every sink', '所有 sink 共有的选项'],
  ['A report', '报告'],
  ['The API', 'API'],
  ['The API: reports as JSON, and reports sent now.', 'API：以 JSON 查询报告，或立即发送报告。'],
  [
    'Where the API listens, as in 127.0.0.1:8085. Absent: nowhere.',
    'API 的监听地址，例如 127.0.0.1:8085。省略时不监听。',
  ],
  [
    'File with the token that it asks for; a must beyond the loopback device.',
    '存放访问令牌的文件；监听本机回环以外的地址时必须设置。',
  ],
  ['Journal', 'journal'],
  ['Health and metrics', '健康检查与指标'],
  ['Bounds', '限制'],
  ['The clusters to watch.', '要监听的集群。'],
  ['Where events go.', '事件发往何处。'],
  [
    'What is kept on disk. A change takes effect at the next start.',
    '保存在磁盘上的内容。修改在下次启动时生效。',
  ],
  ['Health and metrics. A change takes effect at the next start.', '健康检查与指标。修改在下次启动时生效。'],
  ['Bounds.', '限制。'],
  [
    'What went wrong in a period, told at set times; by name.',
    '定时发送的报告：一段时间内出了哪些问题；以名称为键。',
  ],
  [
    "When it is told: a time of day (`20:00`) or a cron expression (`'0 9 * * 1-5'`).",
    "发送的时间：一天中的时刻（`20:00`）或 cron 表达式（`'0 9 * * 1-5'`）。",
  ],
  [
    'Time zone of `at` and of the times that are told, as in `Asia/Shanghai`. Absent: that of `TZ`.',
    '`at` 和报告中各时间的时区，例如 `Asia/Shanghai`。省略时取 `TZ`。',
  ],
  ['How long before that its period begins. Default 24h.', '统计到该时刻为止多长的一段时间，默认 24h。'],
  [
    'What counts, as in `level=Warning namespaces=shop`; empty for all. Default `level=Warning`.',
    '统计哪些事件，例如 `level=Warning namespaces=shop`；空串表示全部。默认 `level=Warning`。',
  ],
  [
    'What a row stands for. Default `owner`: the Deployment, the CronJob, ….',
    '每一行代表什么。默认 `owner`：所属的 Deployment、CronJob 等。',
  ],
  ['Rows at most; the others are counted. Default 20.', '最多多少行，其余的只计数。默认 20。'],
  [
    'First line. Default `Kubernetes Event Daily statistical`.',
    '第一行，默认 `Kubernetes Event Daily statistical`。',
  ],
  ['Names of the sinks that are told.', '发给哪些 sink，写它们的名称。'],
  [
    'Searching the journal. A change takes effect at the next start.',
    '在日志存储里查找。修改在下次启动时生效。',
  ],
  [
    'Keep an index of words beside the journal, so that `search` takes milliseconds. Default false.',
    '在日志存储旁边维护词语索引，让 `search` 只需几毫秒。默认 false。',
  ],
  [
    'How much the log tells. Default info. A change takes effect at the next start.',
    '日志的详细程度，默认 info。修改在下次启动时生效。',
  ],
  [
    'Count events in `eventer_*` metrics. Default true. A change takes effect at the next start.',
    '是否在 `eventer_*` 指标中统计事件，默认 true。修改在下次启动时生效。',
  ],
  [
    'Stop at the start if a cluster cannot be watched. Default false.',
    '启动时若某个集群无法监听则退出，默认 false。',
  ],
  ['Name of the cluster: its place in the events belongs to it.', '集群的名称：读到事件的哪个位置由它记录。'],
  [
    '`kubernetes`: a cluster; `recording`: a file, played as if it came from one.',
    '`kubernetes`：集群；`recording`：录制文件，像来自集群一样回放。',
  ],
  [
    'Of a recording: path of the file, NDJSON, gzipped or not.',
    '录制：文件的路径，NDJSON 格式，可以用 gzip 压缩。',
  ],
  [
    'Of a recording: how many times faster than recorded; `max`: without waiting. Absent: 1.',
    '录制：以录制时的多少倍速度回放；`max` 表示不等待。省略时为 1。',
  ],
  [
    'Address of the API server. Absent: told by the cluster or the kubeconfig.',
    'API server 的地址。省略时由集群或 kubeconfig 给出。',
  ],
  [
    "Use the pod's own account. Absent: yes, unless `kubeconfig` or `context` is given.",
    '使用 Pod 自身的账号。省略时为是，除非给出了 `kubeconfig` 或 `context`。',
  ],
  ['Path of a kubeconfig.', 'kubeconfig 的路径。'],
  [
    'Context of the kubeconfig. Absent: its current one.',
    'kubeconfig 中的 context。省略时为其当前的 context。',
  ],
  [
    "With `inClusterConfig: false`: the pod's token, if it can be read.",
    '配合 `inClusterConfig: false`：若能读到，使用 Pod 的令牌。',
  ],
  ["Do not verify the server's certificate.", '不校验服务器证书。'],
  ['Watch less, as in `type=Warning`.', '减少监听范围，例如 `type=Warning`。'],
  ['Watch one namespace only.', '只监听一个命名空间。'],
  [
    'At a first start tell also events that are there already and younger; `all`: all of them.',
    '首次启动时，也发送已存在且不早于该时长的事件；`all` 表示全部。',
  ],
  [
    'Name of the sink: its place in the events belongs to it.',
    'sink 的名称：已发送到事件的哪个位置由它记录。',
  ],
  ['The kind of sink.', 'sink 的类型。'],
  ["The sink's options.", 'sink 的选项。'],
  ['Which events it gets.', '它接收哪些事件。'],
  [
    '`Warning`: warnings only; `Normal`: both; `all`: also types that are neither.',
    '`Warning`：仅警告；`Normal`：两者都要；`all`：也包括其他类型。',
  ],
  [
    'Namespaces of the involved object: names, or expressions for whole names.',
    '相关对象的命名空间：名称，或匹配整个名称的表达式。',
  ],
  [
    'Kinds of the involved object: names, or expressions for whole names.',
    '相关对象的类型：名称，或匹配整个名称的表达式。',
  ],
  ['Expressions that match somewhere in the reason.', '在 reason 中任意位置匹配的表达式。'],
  ['Expressions that match somewhere in the message.', '在 message 中任意位置匹配的表达式。'],
  [
    'Expressions that match somewhere in `kind/namespace/name`; a node is `Node//worker-1`.',
    '在 `kind/namespace/name` 中任意位置匹配的表达式；节点写作 `Node//worker-1`。',
  ],
  [
    'Let events of objects without a namespace pass `namespaces`.',
    '没有命名空间的对象的事件也能通过 `namespaces`。',
  ],
  [
    "Whose namespace `namespaces` looks at: the involved object's (default), or the event's own, which for a node is `default`.",
    '`namespaces` 看谁的命名空间：相关对象的（默认），或事件自身的（节点的事件为 `default`）。',
  ],
  ['Leave out events that any expression of any of these matches.', '排除其中任一表达式匹配的事件。'],
  ['How long a send may take before it counts as failed.', '一次发送超过多久视为失败。'],
  [
    'How long an event is retried before it is a dead letter; `journal`: while it is kept.',
    '事件重试多久后成为死信；`journal`：只要还保存着就重试。',
  ],
  ['How long a batch may wait to fill.', '一个批次最多等待多久。'],
  ['Events a batch may hold.', '一个批次最多多少个事件。'],
  ['Bytes a batch may hold.', '一个批次最多多少字节。'],
  ['Sends in flight at once.', '同时进行的发送数。'],
  [
    'Directory where events and places are kept, so that a restart loses nothing.',
    '保存事件与位置的目录，使重启不丢失任何事件。',
  ],
  ['How long events are kept. Default 72h.', '事件保存多久，默认 72h。'],
  ['How much room they may take. Default 512Mi.', '最多占用多少空间，默认 512Mi。'],
  [
    'Where health and metrics are served. Default 0.0.0.0:8084.',
    '健康检查与指标的监听地址，默认 0.0.0.0:8084。',
  ],
  ['How long a stop may take to send what waits. Default 20s.', '停止时最多用多久发送剩余事件，默认 20s。'],
])
