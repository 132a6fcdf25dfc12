{{/*
A whole CronJob. (dict root name component args plan schedule own): own = the values of this CronJob; without a
schedule it is a template for Jobs that people start, and never runs by itself.
*/}}
{{- define "cain.cronJob" -}}
{{- $root := .root -}}
{{- $job := include "cain.job" (list .root .own) | fromJson -}}
{{- $isTemplate := not .schedule -}}
apiVersion: batch/v1
kind: CronJob
metadata:
  name: {{ .name }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "cain.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ .component }}
  {{- with $root.Values.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- if $isTemplate }}
  # 31 February, and suspended: only `kubectl create job --from` makes a Job of it.
  schedule: 0 0 31 2 *
  suspend: true
  {{- else }}
  schedule: {{ .schedule | quote }}
  suspend: {{ $job.suspend }}
  {{- with $job.startingDeadlineSeconds }}
  startingDeadlineSeconds: {{ . | int64 }}
  {{- end }}
  {{- end }}
  timeZone: {{ $job.timeZone | quote }}
  concurrencyPolicy: {{ $job.concurrencyPolicy }}
  successfulJobsHistoryLimit: {{ $job.successfulJobsHistoryLimit | int64 }}
  failedJobsHistoryLimit: {{ $job.failedJobsHistoryLimit | int64 }}
  jobTemplate:
    metadata:
      labels:
        {{- include "cain.labels" $root | nindent 8 }}
        app.kubernetes.io/component: {{ .component }}
    spec:
      backoffLimit: {{ $job.backoffLimit | int64 }}
      {{- with $job.activeDeadlineSeconds }}
      activeDeadlineSeconds: {{ . | int64 }}
      {{- end }}
      {{- if not (kindIs "invalid" $job.ttlSecondsAfterFinished) }}
      ttlSecondsAfterFinished: {{ $job.ttlSecondsAfterFinished | int64 }}
      {{- end }}
      {{- with $job.podFailurePolicy }}
      podFailurePolicy:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      template:
        metadata:
          labels:
            {{- include "cain.podLabels" . | nindent 12 }}
          {{- with $root.Values.podAnnotations }}
          annotations:
            {{- toYaml . | nindent 12 }}
          {{- end }}
        spec:
          {{- $pod := dict "root" $root "args" .args "plan" .plan "schedule" .schedule "job" $job "isJob" true }}
          {{- include "cain.podSpec" $pod | nindent 10 }}
{{- end -}}
