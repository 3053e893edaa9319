{{/* The enabled services with their values, as YAML: package name -> values. */}}
{{- define "carebus.services" -}}
{{- range $package, $own := .Values.services }}
{{- $service := mergeOverwrite (deepCopy $.Values.defaults) (deepCopy (default dict $own)) }}
{{- if $service.enabled }}
{{ $package }}: {{ toJson $service }}
{{- end }}
{{- end }}
{{- end }}

{{/* The Deployments, as YAML: name -> {package, service, role, values}. */}}
{{- define "carebus.workloads" -}}
{{- $root := . }}
{{- range $package, $service := include "carebus.services" . | fromYaml }}
{{- range $role := ternary (list "api" "subscriber" "relay") (list "all") $service.split }}
{{- $name := include "carebus.name" (dict "root" $root "package" $package) }}
{{ ternary $name (printf "%s-%s" $name $role) (eq $role "all") }}: {{ toJson (dict "package" $package "service" $name "role" $role "values" $service) }}
{{- end }}
{{- end }}
{{- end }}

{{/* <release>-<service>, or <service> alone when the release is called carebus. */}}
{{- define "carebus.name" -}}
{{- $service := .package | replace "_" "-" }}
{{- ternary $service (printf "%s-%s" .root.Release.Name $service) (eq .root.Release.Name "carebus") | trunc 52 | trimSuffix "-" }}
{{- end }}

{{- define "carebus.common" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
app.kubernetes.io/part-of: carebus
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ default .Chart.AppVersion .Values.image.tag | quote }}
{{- end }}

{{/* What selects the pods of one service, and with a role those of one Deployment. */}}
{{- define "carebus.selector" -}}
app.kubernetes.io/name: {{ .service }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .role }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end }}

{{- define "carebus.image" -}}
{{- $own := .values.image }}
{{- $name := printf "%s/%s" (required "image.registry: where the images are" .root.Values.image.registry) (default (printf "carebus-%s" (.package | replace "_" "-")) $own.name) }}
{{- if $own.digest }}
{{- printf "%s@%s" $name $own.digest }}
{{- else }}
{{- printf "%s:%s" $name (default (default .root.Chart.AppVersion .root.Values.image.tag) $own.tag) }}
{{- end }}
{{- end }}

{{/* Pod Security `restricted`, for pods and for containers. */}}
{{- define "carebus.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "carebus.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- define "carebus.databaseUrl" -}}
{{- $of := .values.database }}
{{- $all := .root.Values.database }}
{{- $host := required (printf "database.host, or services.%s.database.host: where its database is" .package) (default $all.host $of.host) }}
{{- printf "postgresql://%s@%s:%d/%s?sslmode=%s" (default (printf "carebus_%s" .package) $of.user) $host (int (default $all.port $of.port)) (default (printf "carebus_%s" .package) $of.name) $all.sslMode }}
{{- if hasPrefix "verify-" $all.sslMode }}
{{- $_ := required (printf "database.caSecret.name: whose certificates are trusted, which sslMode %s needs" $all.sslMode) $all.caSecret.name }}
{{- end }}
{{- if $all.caSecret.name }}&sslrootcert=/etc/carebus/database/ca.crt{{ end }}
{{- end }}

{{- define "carebus.databaseSecret" -}}
{{- default (printf "carebus-%s-database" (.package | replace "_" "-")) .values.database.passwordSecret.name }}
{{- end }}

{{- define "carebus.kafkaUser" -}}
{{- default (printf "carebus-%s" (.package | replace "_" "-")) .values.kafka.user }}
{{- end }}

{{/* How its database is reached: environment. */}}
{{- define "carebus.databaseEnvironment" -}}
- {name: DATABASE_URL, value: {{ include "carebus.databaseUrl" . | quote }}}
- {name: DATABASE_PASSWORD_FILE, value: /etc/carebus/database/password}
{{- end }}

{{- define "carebus.databaseVolume" -}}
- name: database
  projected:
    defaultMode: 0440
    sources:
      - secret:
          name: {{ include "carebus.databaseSecret" . }}
          items: [{key: {{ .values.database.passwordSecret.key }}, path: password}]
      {{- with .root.Values.database.caSecret }}
      {{- if .name }}
      - secret:
          name: {{ .name }}
          items: [{key: {{ .key }}, path: ca.crt}]
      {{- end }}
      {{- end }}
{{- end }}

{{/* How the brokers are reached: environment. */}}
{{- define "carebus.kafkaEnvironment" -}}
{{- $kafka := .root.Values.kafka }}
- {name: KAFKA_BOOTSTRAP_SERVERS, value: {{ required "kafka.bootstrapServers: where the brokers are" $kafka.bootstrapServers | quote }}}
- {name: CAREBUS_TOPIC_PREFIX, value: {{ $kafka.topicPrefix | quote }}}
- {name: KAFKA_SECURITY_PROTOCOL, value: {{ $kafka.securityProtocol }}}
{{- if hasPrefix "SASL_" $kafka.securityProtocol }}
- {name: KAFKA_SASL_MECHANISM, value: {{ $kafka.saslMechanism }}}
- {name: KAFKA_SASL_USERNAME, value: {{ include "carebus.kafkaUser" . | quote }}}
- {name: KAFKA_SASL_PASSWORD_FILE, value: /etc/carebus/kafka/password}
{{- else if eq $kafka.securityProtocol "SSL" }}
- {name: KAFKA_CERTIFICATE_FILE, value: /etc/carebus/kafka/user.crt}
- {name: KAFKA_KEY_FILE, value: /etc/carebus/kafka/user.key}
{{- end }}
{{- if $kafka.caSecret.name }}
- {name: KAFKA_CA_FILE, value: /etc/carebus/kafka/ca.crt}
{{- end }}
{{- end }}

{{/* The volume with what brokers are shown; nothing when they ask for nothing. */}}
{{- define "carebus.kafkaVolume" -}}
{{- $kafka := .root.Values.kafka }}
{{- if or $kafka.caSecret.name (ne $kafka.securityProtocol "PLAINTEXT") }}
- name: kafka
  projected:
    defaultMode: 0440
    sources:
      {{- if hasPrefix "SASL_" $kafka.securityProtocol }}
      - secret:
          name: {{ default (include "carebus.kafkaUser" .) .values.kafka.secret }}
          items: [{key: {{ .values.kafka.passwordKey }}, path: password}]
      {{- else if eq $kafka.securityProtocol "SSL" }}
      - secret:
          name: {{ default (include "carebus.kafkaUser" .) .values.kafka.secret }}
          items: [{key: user.crt, path: user.crt}, {key: user.key, path: user.key}]
      {{- end }}
      {{- if $kafka.caSecret.name }}
      - secret:
          name: {{ $kafka.caSecret.name }}
          items: [{key: {{ $kafka.caSecret.key }}, path: ca.crt}]
      {{- end }}
{{- end }}
{{- end }}
