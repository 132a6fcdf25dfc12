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

{{/*
How long nothing may be heard of a plan: longer than its longest wait between two runs. No template reads cron as the program does, so a rare plan gets
what suits the rarest that its schedule may be. (list root backup)
*/}}
{{- define "cain.absentFor" -}}
{{- $backup := index . 1 -}}
{{- $fields := regexSplit " +" $backup.schedule -1 -}}
{{- if $backup.absentFor -}}
{{- $backup.absentFor -}}
{{- else if hasPrefix "@every" $backup.schedule -}}
{{- $hours := regexFind "[0-9]+h" $backup.schedule | trimSuffix "h" | atoi -}}
{{- $minutes := regexFind "[0-9]+m" $backup.schedule | trimSuffix "m" | atoi -}}
{{- $seconds := regexFind "[0-9]+s" $backup.schedule | trimSuffix "s" | atoi -}}
{{- $wait := add $hours (div $minutes 60) (div $seconds 3600) -}}
{{- if ge $wait 24 }}{{ add $wait 2 }}h{{ else }}{{ (index . 0).Values.metrics.prometheusRule.absentFor }}{{ end -}}
{{- else if eq $backup.schedule "@weekly" -}}
8d
{{- else if eq $backup.schedule "@monthly" -}}
32d
{{- else if has $backup.schedule (list "@yearly" "@annually") -}}
367d
{{- else if lt (len $fields) 5 -}}
{{- (index . 0).Values.metrics.prometheusRule.absentFor -}}
{{- else if not (has (index $fields 3) (list "*" "?")) -}}
367d
{{- else if regexMatch "29|3[01]" (index $fields 2) -}}
63d
{{- else if not (has (index $fields 2) (list "*" "?")) -}}
32d
{{- else if not (has (index $fields 4) (list "*" "?")) -}}
8d
{{- else -}}
{{- (index . 0).Values.metrics.prometheusRule.absentFor -}}
{{- end -}}
{{- end -}}

{{/* The rules of one alert: one, or one for each plan that is not suspended, or none where the release has no use for it. (list root path) */}}
{{- define "cain.rules" -}}
{{- $root := index . 0 -}}
{{- $path := index . 1 -}}
{{- $text := $root.Files.Get $path -}}
{{- $isExcluded := has (trimSuffix ".yaml" (base $path)) $root.Values.metrics.prometheusRule.excludeRules -}}
{{- $isUnheard := and (contains "%metrics%" $text) (not $root.Values.metrics.pushgateway.url) -}}
{{- $isOfVerify := contains "# only: verify" $text -}}
{{- $isOfDrill := contains "# only: drill" $text -}}
{{- $isIdle := or (and $isOfVerify (not $root.Values.verify.enabled)) (and $isOfDrill (not $root.Values.drill.enabled)) -}}
{{- if or $isExcluded $isUnheard $isIdle -}}
{{- else if contains "# each: plan" $text -}}
{{- range $plan, $backup := $root.Values.backups -}}
{{- if $backup -}}
{{- $job := include "cain.job" (list $root $backup) | fromJson -}}
{{- if not $job.suspend -}}
{{- $own := $text | replace "%plan%" $plan | replace "%absentFor%" (include "cain.absentFor" (list $root $backup)) -}}
{{- include "cain.rule" (list $root $path $own) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- else -}}
{{- include "cain.rule" (list $root $path $text) -}}
{{- end -}}
{{- end -}}

{{/* A file's text as an item of the list of rules. (list root path text) */}}
{{- define "cain.rule" -}}
{{- $root := index . 0 -}}
{{- $path := index . 1 -}}
{{- $text := index . 2 -}}
{{- $name := trimSuffix ".yaml" (base $path) -}}
{{- $rule := $root.Values.metrics.prometheusRule -}}
{{- $text = replace "%metrics%" (include "cain.metricsMatcher" $root) $text -}}
{{- $text = replace "%cronjobs%" (printf "namespace=%q, cronjob=~%q" $root.Release.Namespace (include "cain.scheduledCronJobs" $root)) $text -}}
{{- $text = replace "%verifyMaxAgeDays%" ($rule.verifyMaxAgeDays | int | toString) $text -}}
{{- $text = replace "%drillMaxAgeDays%" ($rule.drillMaxAgeDays | int | toString) $text -}}
{{- $text = replace "%verifyPlan%" (include "cain.planOf" (list $root "verify")) $text -}}
{{- $text = replace "%drillPlan%" (include "cain.planOf" (list $root "drill")) $text -}}
{{- $alert := $text | fromYaml -}}
{{- if $alert.Error }}{{ fail (printf "%s: %s" $path $alert.Error) }}{{ end -}}
{{- $labels := merge (dict) $rule.alertLabels $alert.labels -}}
{{- $annotations := set $alert.annotations "runbook_url" (printf "%s/%s.md" (trimSuffix "/" $rule.runbookUrl) $name) }}
- alert: {{ $name }}
  expr: {{ toYaml $alert.expr | nindent 4 | trim }}
  for: {{ $alert.for }}
  labels:
    {{- toYaml $labels | nindent 4 }}
  annotations:
    {{- toYaml $annotations | nindent 4 }}
{{- end -}}
