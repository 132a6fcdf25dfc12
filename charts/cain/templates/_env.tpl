{{/* The environment of Cain's container. */}}

{{/* A number as its user wrote it: YAML's numbers come as floats, and 8388608 would become 8.388608e+06. */}}
{{- define "cain.settingText" -}}
{{- if and (kindIs "float64" .) (eq (floor .) .) -}}
{{- int64 . -}}
{{- else -}}
{{- . -}}
{{- end -}}
{{- end -}}

{{/* One variable, unless its value is empty. (list name value) */}}
{{- define "cain.variable" -}}
{{- $value := index . 1 -}}
{{- if not (or (kindIs "invalid" $value) (eq (toString $value) "")) }}
- name: {{ index . 0 }}
  value: {{ include "cain.settingText" $value | quote }}
{{- end -}}
{{- end -}}

{{/* One variable from a Secret, unless Secret or key is not named. (list name secret key) */}}
{{- define "cain.secretVariable" -}}
{{- if and (index . 1) (index . 2) }}
- name: {{ index . 0 }}
  valueFrom:
    secretKeyRef:
      name: {{ index . 1 }}
      key: {{ index . 2 }}
{{- end -}}
{{- end -}}

{{/* What every command gets. */}}
{{- define "cain.commonEnv" -}}
{{- $cassandra := .Values.cassandra -}}
{{- $s3 := .Values.s3 -}}
{{- include "cain.variable" (list "CAIN_NAMESPACE" (include "cain.cassandraNamespace" .)) }}
{{- include "cain.variable" (list "CAIN_SELECTOR" $cassandra.selector) }}
{{- include "cain.variable" (list "CAIN_CONTAINER" $cassandra.container) }}
{{- include "cain.variable" (list "CAIN_CASSANDRA_DATA_DIR" (join "," $cassandra.dataDirectories)) }}
{{- include "cain.loginEnv" . }}
{{- include "cain.variable" (list "CAIN_DST" (required "s3.destination is not set: give s3://<bucket>/<prefix>" $s3.destination)) }}
{{- include "cain.variable" (list "AWS_REGION" $s3.region) }}
{{- include "cain.variable" (list "AWS_S3_ENDPOINT" $s3.endpoint) }}
{{- include "cain.variable" (list "AWS_S3_FORCE_PATH_STYLE" $s3.forcePathStyle) }}
{{- include "cain.secretVariable" (list "AWS_ACCESS_KEY_ID" $s3.existingSecret $s3.accessKeyIdKey) }}
{{- include "cain.secretVariable" (list "AWS_SECRET_ACCESS_KEY" $s3.existingSecret $s3.secretAccessKeyKey) }}
{{- include "cain.secretVariable" (list "AWS_SESSION_TOKEN" $s3.existingSecret $s3.sessionTokenKey) }}
{{- if or $s3.ca.existingSecret $s3.ca.existingConfigMap }}
{{- include "cain.variable" (list "CAIN_S3_CA_FILE" "/etc/cain/s3/ca.crt") }}
{{- end }}
{{- include "cain.variable" (list "CAIN_S3_STORAGE_CLASS" $s3.storageClass) }}
{{- include "cain.variable" (list "CAIN_S3_SSE" $s3.sse) }}
{{- include "cain.variable" (list "CAIN_S3_SSE_KMS_KEY_ID" $s3.sseKmsKeyId) }}
{{- if $s3.sseCustomerKey.existingSecret }}
{{- include "cain.variable" (list "CAIN_S3_SSE_C_KEY_FILE" "/etc/cain/s3-customer-key/key") }}
{{- end }}
{{- with .Values.metrics.pushgateway }}
{{- if .url }}
{{- include "cain.variable" (list "CAIN_PUSHGATEWAY_URL" .url) }}
{{- include "cain.secretVariable" (list "CAIN_PUSHGATEWAY_USERNAME" .existingSecret .usernameKey) }}
{{- if .existingSecret }}
{{- include "cain.variable" (list "CAIN_PUSHGATEWAY_PASSWORD_FILE" "/etc/cain/pushgateway/password") }}
{{- end }}
{{- include "cain.variable" (list "CAIN_METRICS_JOB" (include "cain.metricsJob" $)) }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Logins and TLS of cqlsh and nodetool. Passwords come as files: an environment is seen by more eyes. */}}
{{- define "cain.loginEnv" -}}
{{- with .Values.cassandra.login }}
{{- include "cain.secretVariable" (list "CAIN_CASSANDRA_USERNAME" .existingSecret .usernameKey) }}
{{- if .existingSecret }}
{{- include "cain.variable" (list "CAIN_CASSANDRA_PASSWORD_FILE" "/etc/cain/cassandra/password") }}
{{- end }}
{{- end }}
{{- with .Values.cassandra.cql }}
{{- include "cain.variable" (list "CAIN_CQL_HOST" .host) }}
{{- include "cain.variable" (list "CAIN_CQL_PORT" .port) }}
{{- if .tls.enabled }}
{{- include "cain.variable" (list "CAIN_CQL_TLS" true) }}
{{- if .tls.existingSecret }}
{{- include "cain.variable" (list "CAIN_CQL_CA_FILE" (ternary "/etc/cain/cql-tls/ca.crt" "" (ne .tls.caKey ""))) }}
{{- include "cain.variable" (list "CAIN_CQL_CERT_FILE" (ternary "/etc/cain/cql-tls/tls.crt" "" (ne .tls.certKey ""))) }}
{{- include "cain.variable" (list "CAIN_CQL_KEY_FILE" (ternary "/etc/cain/cql-tls/tls.key" "" (ne .tls.keyKey ""))) }}
{{- end }}
{{- end }}
{{- end }}
{{- with .Values.cassandra.jmx }}
{{- include "cain.secretVariable" (list "CAIN_JMX_USERNAME" .existingSecret .usernameKey) }}
{{- if .existingSecret }}
{{- include "cain.variable" (list "CAIN_JMX_PASSWORD_FILE" "/etc/cain/jmx/password") }}
{{- end }}
{{- include "cain.variable" (list "CAIN_JMX_PORT" .port) }}
{{- if .tls.enabled }}
{{- include "cain.variable" (list "CAIN_JMX_TLS" true) }}
{{- if .tls.existingSecret }}
{{- include "cain.variable" (list "CAIN_JMX_TRUSTSTORE_FILE" (ternary "/etc/cain/jmx-tls/truststore" "" (ne .tls.truststoreKey ""))) }}
{{- include "cain.variable" (list "CAIN_JMX_TRUSTSTORE_PASSWORD_FILE" (ternary "/etc/cain/jmx-tls/truststore-password" "" (ne .tls.truststorePasswordKey ""))) }}
{{- include "cain.variable" (list "CAIN_JMX_KEYSTORE_FILE" (ternary "/etc/cain/jmx-tls/keystore" "" (ne .tls.keystoreKey ""))) }}
{{- include "cain.variable" (list "CAIN_JMX_KEYSTORE_PASSWORD_FILE" (ternary "/etc/cain/jmx-tls/keystore-password" "" (ne .tls.keystorePasswordKey ""))) }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The whole list. (dict root plan schedule job) */}}
{{- define "cain.env" -}}
{{- $root := .root -}}
{{- include "cain.commonEnv" $root }}
{{- include "cain.variable" (list "CAIN_PLAN" .plan) }}
{{- if .isJob }}
- name: CAIN_HOLDER
  valueFrom:
    fieldRef:
      fieldPath: metadata.labels['batch.kubernetes.io/controller-uid']
{{- end }}
{{- if .schedule }}
{{- include "cain.variable" (list "CAIN_SCHEDULE" .schedule) }}
{{- include "cain.variable" (list "CAIN_TIME_ZONE" .job.timeZone) }}
{{- end }}
{{- include "cain.variable" (list "CAIN_KEYSPACE" (join "," .job.keyspaces)) }}
{{- include "cain.variable" (list "CAIN_TAG" .job.tag) }}
{{- range $rule, $count := .job.keep }}
{{- include "cain.variable" (list (printf "CAIN_KEEP_%s" (upper $rule)) $count) }}
{{- end }}
{{- $settings := dict -}}
{{- range $name, $value := $root.Values.settings }}{{ $_ := set $settings $name $value }}{{ end -}}
{{- range $name, $value := .job.settings }}{{ $_ := set $settings $name $value }}{{ end -}}
{{- range $name, $value := $settings }}
{{- include "cain.variable" (list $name $value) }}
{{- end }}
{{- with $root.Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}
