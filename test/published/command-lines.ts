/** Command lines that people run today, as published, keys replaced by made-up ones; placeholders are kept as they are. */

const wecom = 'webhook:https://qyapi.weixin.qq.com/cgi-bin/webhook/send'
const uuid = '07055f32-0000-4000-8000-000000000000'
const json = 'header=Content-Type=application/json'

/** Values of `--source`. */
export const publishedSources: readonly string[] = [
  'kubernetes:https://kubernetes.default',
  'kubernetes:https://kubernetes.default?inClusterConfig=true',
]

/** Values of `--sink`, one Deployment each. */
export const publishedSinks = {
  dingtalk: 'dingtalk:https://oapi.dingtalk.com/robot/send?access_token=0123abcd&label=huang&level=Warning',
  dingtalkPlaceholder:
    'dingtalk:[your_webhook_url]&label=[your_cluster_id]&level=[Normal or Warning(default)]',
  wecomDefaultBody: `${wecom}?key=${uuid}&level=Warning&label=oa-k8s`,
  wecomOwnBody: `${wecom}?key=${uuid}&level=Warning&${json}&custom_body_configmap=custom-webhook-body&custom_body_configmap_namespace=kube-system&method=POST`,
  wecomPlainHttp:
    'webhook:http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=633a31f6-0000-4000-8000-000000000000' +
    `&level=Normal&kinds=Pod&${json}&custom_body_configmap=custom-body&custom_body_configmap_namespace=kube-system&method=POST`,
  dingtalkOwnBody:
    'webhook:https://oapi.dingtalk.com/robot/send?access_token=token' +
    `&level=Normal&kinds=Pod&${json}&custom_body_configmap=custom-body&custom_body_configmap_namespace=kube-system&method=POST`,
  slack:
    'webhook:https://hooks.slack.com/services/d/B00000000/made-up?' +
    `&level=Normal&kinds=Pod&${json}&custom_body_configmap=custom-body&custom_body_configmap_namespace=kube-system&method=POST`,
  bearychat:
    'webhook:https://hook.bearychat.com/=bwIsS/incoming/xxxxxx' +
    `?kinds=Pod&${json}&custom_body_configmap=custom-body&custom_body_configmap_namespace=kube-system&method=POST`,
  worktileProxy:
    'webhook:http://10.2.3.235:10010/eventer/?level=Warning&namespaces=rc,kubewatch&kinds=Pod' +
    '&custom_body_configmap=custom-webhook-body&custom_body_configmap_namespace=kube-system&method=POST',
  placeholder: 'webhook:<WEBHOOK_URL>&level=<Normal or Warning, Warning default>',
} as const

/** The sinks of one Deployment with a group each. */
export const publishedGroups: readonly string[] = ['[^Unhealthy]', 'BackOff', 'Failed'].map(
  (reason, at) =>
    `${wecom}?key=k${at}&level=Warning&reason=${reason}&namespaces=ns&${json}` +
    `&custom_body_configmap=custom-webhook-body${at}&custom_body_configmap_namespace=ns&method=POST`,
)

/** What none of them may show. */
export const publishedSecrets: readonly string[] = [
  '0123abcd',
  '07055f32',
  '633a31f6',
  'access_token=token',
  'B00000000',
  'bwIsS',
  'key=k0',
]
