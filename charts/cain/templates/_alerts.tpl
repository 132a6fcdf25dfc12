{{/*
The alerts lie in alerts/, one a file, in the form of Prometheus' rules but for words between percent signs: Prometheus has its own use for
double braces. Here these words get their meaning.
*/}}

{{/* The names of the CronJobs that run by a schedule, for a matcher. */}}
{{- define "cain.scheduledCronJobs" -}}
{{- $names := list -}}
{{- range include "cain.plans" . | fromJsonArray -}}
{{- $names = append $names (include "cain.cronJobName" (list $ (printf "backup-%s" .))) -}}
{{- end -}}
{{- if .Values.verify.enabled }}{{ $names = append $names (include "cain.cronJobName" (list . "verify")) }}{{ end -}}
{{- if .Values.drill.enabled }}{{ $names = append $names (include "cain.cronJobName" (list . "drill")) }}{{ end -}}
{{- join "|" $names -}}
{{- end -}}

{{- define "cain.metricsMatcher" -}}
{{- printf "job=%q, namespace=%q" (include "cain.metricsJob" .) (include "cain.cassandraNamespace" .) -}}
{{- end -}}

{{/* absent() for each plan. (list root metric) */}}
{{- define "cain.absentPlans" -}}
{{- $root := index . 0 -}}
{{- $metric := index . 1 -}}
{{- $each := list -}}
{{- range include "cain.plans" $root | fromJsonArray -}}
{{- $each = append $each (printf "absent(%s{%s, plan=%q})" $metric (include "cain.metricsMatcher" $root) .) -}}
{{- end -}}
{{- join " or " $each -}}
{{- end -}}

{{/* One alert as a rule, or nothing where the release has no use for it. (list root path) */}}
{{- define "cain.alert" -}}
{{- $root := index . 0 -}}
{{- $path := index . 1 -}}
{{- $name := trimSuffix ".yaml" (base $path) -}}
{{- $text := $root.Files.Get $path -}}
{{- $rule := $root.Values.metrics.prometheusRule -}}
{{- $isExcluded := has $name $rule.excludeRules -}}
{{- $isOnMetrics := contains "%metrics%" $text | or (contains "%absent " $text) -}}
{{- $isUnheard := and $isOnMetrics (not $root.Values.metrics.pushgateway.url) -}}
{{- $isOfVerify := contains "# only: verify" $text -}}
{{- $isOfDrill := contains "# only: drill" $text -}}
{{- $isIdle := or (and $isOfVerify (not $root.Values.verify.enabled)) (and $isOfDrill (not $root.Values.drill.enabled)) -}}
{{- if not (or $isExcluded $isUnheard $isIdle) -}}
{{- $absentWord := regexFind "%absent [a-z_]+%" $text -}}
{{- if $absentWord -}}
{{- $metric := $absentWord | trimAll "%" | trimPrefix "absent " -}}
{{- $text = replace $absentWord (include "cain.absentPlans" (list $root $metric)) $text -}}
{{- end -}}
{{- $text = replace "%metrics%" (include "cain.metricsMatcher" $root) $text -}}
{{- $text = replace "%cronjobs%" (printf "namespace=%q, cronjob=~%q" $root.Release.Namespace (include "cain.scheduledCronJobs" $root)) $text -}}
{{- $text = replace "%absentFor%" $rule.absentFor $text -}}
{{- $text = replace "%verifyMaxAgeDays%" ($rule.verifyMaxAgeDays | int | toString) $text -}}
{{- $text = replace "%drillMaxAgeDays%" ($rule.drillMaxAgeDays | int | toString) $text -}}
{{- $text = replace "%drillPlan%" (default (include "cain.mainPlan" $root) $root.Values.drill.plan) $text -}}
{{- $text = replace "%verifyPlan%" (default (include "cain.mainPlan" $root) $root.Values.verify.plan) $text -}}
{{- $alert := $text | fromYaml -}}
{{- if $alert.Error }}{{ fail (printf "%s: %s" $path $alert.Error) }}{{ end -}}
{{- $labels := merge (dict) $rule.alertLabels $alert.labels -}}
{{- $annotations := set $alert.annotations "runbook_url" (printf "%s/%s.md" (trimSuffix "/" $rule.runbookUrl) $name) -}}
alert: {{ $name }}
expr: {{ toYaml $alert.expr | nindent 2 | trim }}
for: {{ $alert.for }}
labels:
  {{- toYaml $labels | nindent 2 }}
annotations:
  {{- toYaml $annotations | nindent 2 }}
{{- end -}}
{{- end -}}
