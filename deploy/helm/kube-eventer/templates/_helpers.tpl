{{- define "kube-eventer.name" -}}
{{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "kube-eventer.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{ .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains $name .Release.Name -}}
{{ .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}
{{- end -}}
{{- end }}

{{- define "kube-eventer.selectorLabels" -}}
app.kubernetes.io/name: {{ include "kube-eventer.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "kube-eventer.labels" -}}
{{ include "kube-eventer.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "kube-eventer.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{ default (include "kube-eventer.fullname" .) .Values.serviceAccount.name }}
{{- else -}}
{{ default "default" .Values.serviceAccount.name }}
{{- end -}}
{{- end }}

{{- define "kube-eventer.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end }}

{{/* Roles of releases in two namespaces must not meet. The name is the one that `kube-eventer rbac` gives. */}}
{{- define "kube-eventer.roleName" -}}
{{- if eq .Release.Namespace "kube-system" -}}
{{ include "kube-eventer.serviceAccountName" . }}
{{- else -}}
{{ .Release.Namespace }}:{{ include "kube-eventer.serviceAccountName" . }}
{{- end -}}
{{- end }}

{{/* JSON: {lines: what follows each --sink=, items: sinks of the configuration file} */}}
{{- define "kube-eventer.sinks" -}}
{{- $texts := list -}}
{{- $items := list -}}
{{- range .Values.sinks -}}
{{- if kindIs "string" . }}{{ $texts = append $texts . }}{{ else }}{{ $items = append $items . }}{{ end -}}
{{- end -}}
{{- range .Values.otherSinks }}{{ $texts = append $texts . }}{{ end -}}
{{- if kindIs "string" .Values.OtherSinks -}}
{{- $texts = concat $texts (splitList "\n" .Values.OtherSinks) -}}
{{- else -}}
{{- $texts = concat $texts .Values.OtherSinks -}}
{{- end -}}
{{- $lines := list -}}
{{- range $texts -}}
{{- $line := . | trim | trimPrefix "-" | trimPrefix "-" | trimPrefix "sink=" -}}
{{- if $line }}{{ $lines = append $lines $line }}{{ end -}}
{{- end -}}
{{- dict "lines" $lines "items" $items | toJson -}}
{{- end }}

{{/* Whether a line names a variable of `env`; then it stands in the arguments as it is, since values are not expanded twice. */}}
{{- define "kube-eventer.isExpanded" -}}
{{- $line := .line -}}
{{- range .env -}}
{{- if regexMatch (printf "\\$(\\{%s\\}|%s([^A-Za-z0-9_]|$))" .name .name) $line }}true{{ end -}}
{{- end -}}
{{- end }}

{{/* JSON: the arguments for command-line sinks, and what goes into the Secret for them. */}}
{{- define "kube-eventer.sinkArguments" -}}
{{- $args := list -}}
{{- $secrets := dict -}}
{{- range $at, $line := (include "kube-eventer.sinks" . | fromJson).lines -}}
{{- $parts := splitn ":" 2 $line -}}
{{- if or (not $parts._1) (include "kube-eventer.isExpanded" (dict "line" $line "env" $.Values.env)) -}}
{{- $args = append $args (printf "--sink=%s" $line) -}}
{{- else -}}
{{- $variable := printf "KUBE_EVENTER_SINK_%d" $at -}}
{{- $args = append $args (printf "--sink=%s:$%s" $parts._0 $variable) -}}
{{- $_ := set $secrets $variable $parts._1 -}}
{{- end -}}
{{- end -}}
{{- range $at, $secret := .Values.sinkSecrets -}}
{{- $args = append $args (printf "--sink=%s:$KUBE_EVENTER_SECRET_SINK_%d" $secret.type $at) -}}
{{- end -}}
{{- dict "args" $args "secrets" $secrets | toJson -}}
{{- end }}

{{/* The configuration file. */}}
{{- define "kube-eventer.config" -}}
{{- $items := (include "kube-eventer.sinks" . | fromJson).items -}}
{{- $config := dict "sources" .Values.sources -}}
{{- if $items }}{{ $_ := set $config "sinks" $items }}{{ end -}}
{{- toYaml (merge $config .Values.config) -}}
{{- end }}

{{/*
JSON: {everywhere: bool, namespaces: those whose events are watched, configMaps: names by namespace}, of the cluster that
the pod is in. ConfigMaps are read from the cluster of the first source.
*/}}
{{- define "kube-eventer.privileges" -}}
{{- $everywhere := false -}}
{{- $isHere := list -}}
{{- $namespaces := list -}}
{{- range .Values.sources -}}
{{- $elsewhere := or .kubeconfig .context (and (hasKey . "inClusterConfig") (not .inClusterConfig)) -}}
{{- if eq .type "kubernetes" }}{{ $isHere = append $isHere (empty $elsewhere) }}{{ end -}}
{{- if and (eq .type "kubernetes") (not $elsewhere) -}}
{{- if .namespace }}{{ $namespaces = append $namespaces .namespace | uniq }}{{ else }}{{ $everywhere = true }}{{ end -}}
{{- end -}}
{{- end -}}
{{- $sinks := include "kube-eventer.sinks" . | fromJson -}}
{{- $configMaps := dict -}}
{{- $bodies := .Values.rbac.configMaps -}}
{{- range $sinks.lines -}}
{{- if and (hasPrefix "webhook:" .) (regexMatch "[?&]custom_body_configmap=[^&]" .) -}}
{{- $name := regexReplaceAll "^.*[?&]custom_body_configmap=([^&]*).*$" . "${1}" -}}
{{- $namespace := "default" -}}
{{- if regexMatch "[?&]custom_body_configmap_namespace=[^&]" . -}}
{{- $namespace = regexReplaceAll "^.*[?&]custom_body_configmap_namespace=([^&]*).*$" . "${1}" -}}
{{- end -}}
{{- $bodies = append $bodies (dict "namespace" $namespace "name" $name) -}}
{{- end -}}
{{- end -}}
{{- range $sinks.items -}}
{{- with (.options | default dict).templateConfigMap -}}
{{- $parts := splitn "/" 2 . -}}
{{- $bodies = append $bodies (dict "namespace" $parts._0 "name" $parts._1) -}}
{{- end -}}
{{- end -}}
{{- if not (first $isHere) }}{{ $bodies = list }}{{ end -}}
{{- range $bodies -}}
{{- $names := append (get $configMaps .namespace | default list) .name | uniq | sortAlpha -}}
{{- $_ := set $configMaps .namespace $names -}}
{{- end -}}
{{- if $everywhere }}{{ $namespaces = list }}{{ end -}}
{{- dict "everywhere" $everywhere "namespaces" $namespaces "configMaps" $configMaps | toJson -}}
{{- end }}
