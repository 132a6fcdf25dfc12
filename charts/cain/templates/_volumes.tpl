{{/* Secrets are mounted one folder each, with the keys that are named and no others. */}}

{{/* (dict name secret keys): keys = file name by key; keys that are not named are left out. */}}
{{- define "cain.secretVolume" -}}
{{- $files := dict -}}
{{- range $file, $key := .files }}{{ if $key }}{{ $_ := set $files $file $key }}{{ end }}{{ end -}}
{{- if and .secret $files }}
- name: {{ .name }}
  secret:
    secretName: {{ .secret }}
    # 0440: to the group of the pod, which is fsGroup.
    defaultMode: 288
    items:
      {{- range $file, $key := $files }}
      - key: {{ $key }}
        path: {{ $file }}
      {{- end }}
{{- end -}}
{{- end -}}

{{- define "cain.volumes" -}}
{{- $cassandra := .Values.cassandra -}}
{{- $ca := .Values.s3.ca -}}
{{- $pushgateway := .Values.metrics.pushgateway -}}
- name: tmp
  emptyDir:
    sizeLimit: 64Mi
{{- include "cain.secretVolume" (dict "name" "cassandra" "secret" $cassandra.login.existingSecret "files" (dict "password" $cassandra.login.passwordKey)) }}
{{- include "cain.secretVolume" (dict "name" "jmx" "secret" $cassandra.jmx.existingSecret "files" (dict "password" $cassandra.jmx.passwordKey)) }}
{{- with $cassandra.cql.tls }}
{{- if .enabled }}
{{- include "cain.secretVolume" (dict "name" "cql-tls" "secret" .existingSecret "files" (dict "ca.crt" .caKey "tls.crt" .certKey "tls.key" .keyKey)) }}
{{- end }}
{{- end }}
{{- with $cassandra.jmx.tls }}
{{- if .enabled }}
{{- include "cain.secretVolume" (dict "name" "jmx-tls" "secret" .existingSecret "files" (dict "truststore" .truststoreKey "truststore-password" .truststorePasswordKey "keystore" .keystoreKey "keystore-password" .keystorePasswordKey)) }}
{{- end }}
{{- end }}
{{- include "cain.secretVolume" (dict "name" "s3" "secret" $ca.existingSecret "files" (dict "ca.crt" $ca.key)) }}
{{- if and $ca.existingConfigMap (not $ca.existingSecret) }}
- name: s3
  configMap:
    name: {{ $ca.existingConfigMap }}
    items:
      - key: {{ $ca.key }}
        path: ca.crt
{{- end }}
{{- with .Values.s3.sseCustomerKey }}
{{- include "cain.secretVolume" (dict "name" "s3-customer-key" "secret" .existingSecret "files" (dict "key" .key)) }}
{{- end }}
{{- if $pushgateway.url }}
{{- include "cain.secretVolume" (dict "name" "pushgateway" "secret" $pushgateway.existingSecret "files" (dict "password" $pushgateway.passwordKey)) }}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* What "cain.volumes" declares, each at /etc/cain/<name>. */}}
{{- define "cain.volumeMounts" -}}
- name: tmp
  mountPath: /tmp
{{- range include "cain.volumes" . | fromYamlArray }}
{{- if and (or .secret .configMap) (not (has . $.Values.extraVolumes)) }}
- name: {{ .name }}
  mountPath: /etc/cain/{{ .name }}
  readOnly: true
{{- end }}
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}
