{{/* Names and labels. */}}

{{- define "cain.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "cain.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains (include "cain.name" .) .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "cain.name" .) | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* A CronJob's name may have 52 letters. A longer one is cut, the release's part first, and a hash keeps it apart from others. (list root suffix) */}}
{{- define "cain.cronJobName" -}}
{{- $release := include "cain.fullname" (index . 0) -}}
{{- $suffix := index . 1 -}}
{{- $name := printf "%s-%s" $release $suffix -}}
{{- $hash := sha256sum $name | trunc 8 -}}
{{- if le (len $name) 52 -}}
{{- $name -}}
{{- else if le (len $suffix) 30 -}}
{{- printf "%s-%s-%s" ($release | trunc (int (sub 42 (len $suffix))) | trimSuffix "-") $hash $suffix -}}
{{- else -}}
{{- printf "%s-%s" ($name | trunc 43 | trimSuffix "-") $hash -}}
{{- end -}}
{{- end -}}

{{- define "cain.testName" -}}
{{- include "cain.fullname" . | trunc 50 | trimSuffix "-" }}-test-preflight
{{- end -}}

{{- define "cain.selectorLabels" -}}
app.kubernetes.io/name: {{ include "cain.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "cain.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "cain.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: cain
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "cain.cassandraNamespace" -}}
{{- default .Release.Namespace .Values.cassandra.namespace -}}
{{- end -}}

{{/* In Cassandra's namespace releases of several namespaces may meet. */}}
{{- define "cain.roleName" -}}
{{- if eq (include "cain.cassandraNamespace" .) .Release.Namespace -}}
{{- include "cain.fullname" . -}}
{{- else -}}
{{- printf "%s-%s" (include "cain.fullname" .) .Release.Namespace | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "cain.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "cain.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- if and .Values.rbac.create (not .Values.serviceAccount.name) -}}
{{- fail "serviceAccount.create is false and serviceAccount.name is empty: every pod that runs as the service account \"default\" would get pods/exec. Name one, or set rbac.create to false" -}}
{{- end -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "cain.image" -}}
{{- $image := .Values.image -}}
{{- if $image.registry }}{{ $image.registry }}/{{ end -}}
{{- $image.repository -}}
{{- if $image.digest }}@{{ $image.digest }}{{ else }}:{{ default .Chart.AppVersion $image.tag }}{{ end -}}
{{- end -}}

{{- define "cain.metricsJob" -}}
{{- default (include "cain.fullname" .) .Values.metrics.job -}}
{{- end -}}

{{/* The names of the plans, as JSON: those that were set to null are gone. */}}
{{- define "cain.plans" -}}
{{- $plans := list -}}
{{- range $plan, $backup := .Values.backups -}}
{{- if $backup }}{{ $plans = append $plans $plan }}{{ end -}}
{{- end -}}
{{- toJson $plans -}}
{{- end -}}

{{/* The plan that is meant where none is named. */}}
{{- define "cain.mainPlan" -}}
{{- $plans := include "cain.plans" . | fromJsonArray -}}
{{- if or (has "default" $plans) (empty $plans) -}}
default
{{- else -}}
{{- first $plans -}}
{{- end -}}
{{- end -}}

{{/* The plan that restore, verify or drill works on: of those that there are. A release without plans may look at any. (list root "restore") */}}
{{- define "cain.planOf" -}}
{{- $root := index . 0 -}}
{{- $command := index . 1 -}}
{{- $plans := include "cain.plans" $root | fromJsonArray -}}
{{- $plan := default (include "cain.mainPlan" $root) (index $root.Values $command).plan -}}
{{- if and $plans (not (has $plan $plans)) -}}
{{- fail (printf "%s.plan is %q, which is no plan of backups: there are %s" $command $plan (join ", " $plans)) -}}
{{- end -}}
{{- $plan -}}
{{- end -}}
