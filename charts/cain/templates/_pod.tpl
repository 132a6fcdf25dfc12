{{/* The pod that every command runs in. */}}

{{/* The values of a Job: those of `job`, with its own in their place. (list root own). sprig's merge would take 0 and false for unset. */}}
{{- define "cain.job" -}}
{{- $job := deepCopy (index . 0).Values.job -}}
{{- range $key, $value := index . 1 }}{{ $_ := set $job $key $value }}{{ end -}}
{{- toJson $job -}}
{{- end -}}

{{/* (dict root args plan schedule job isJob) */}}
{{- define "cain.podSpec" -}}
{{- $root := .root -}}
{{- $values := .root.Values -}}
restartPolicy: Never
serviceAccountName: {{ include "cain.serviceAccountName" $root }}
automountServiceAccountToken: true
# A Service called cain-… would set variables that look like settings.
enableServiceLinks: false
terminationGracePeriodSeconds: {{ .job.terminationGracePeriodSeconds | int64 }}
{{- with $values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.podSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $values.runtimeClassName }}
runtimeClassName: {{ . }}
{{- end }}
{{- with $values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- toYaml . | nindent 2 }}
{{- end }}
containers:
  - name: cain
    image: {{ include "cain.image" $root | quote }}
    imagePullPolicy: {{ $values.image.pullPolicy }}
    args: {{ toJson .args }}
    env:
      {{- include "cain.env" . | trim | nindent 6 }}
    {{- with $values.extraEnvFrom }}
    envFrom:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- with $values.securityContext }}
    securityContext:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- with .job.resources }}
    resources:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    volumeMounts:
      {{- include "cain.volumeMounts" $root | nindent 6 }}
volumes:
  {{- include "cain.volumes" $root | nindent 2 }}
{{- end -}}

{{- define "cain.podLabels" -}}
{{- include "cain.labels" .root }}
app.kubernetes.io/component: {{ .component }}
{{- with .root.Values.podLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}
