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
{{- $listens := ternary (list "listener") list (gt (int $service.listener.port) 0) }}
{{- range $role := concat (ternary (list "api" "subscriber" "relay") (list "all") $service.split) $listens }}
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

{{/* The path that a service's pages are under, as it serves them itself: nothing on the way takes it off. */}}
{{- define "carebus.prefix" -}}
{{- default (printf "/%s" (.package | replace "_" "-")) .values.prefix }}
{{- end }}

{{/* The address that all services are below; nothing when they are not shown outside. */}}
{{- define "carebus.front" -}}
{{- with .Values.host }}{{ printf "%s://%s" $.Values.scheme . }}{{ end }}
{{- end }}

{{/* Paths that are the service's on the one host, as a YAML list. */}}
{{- define "carebus.paths" -}}
{{- $below := ternary (list (include "carebus.prefix" .)) list .values.outside }}
{{- toJson (uniq (concat $below .values.atRoot)) }}
{{- end }}

{{/* The menu of all services, and where people are found, as CAREBUS_LINKS says it: deploy/local/menu.py has the same. */}}
{{- define "carebus.links" -}}
{{- $services := include "carebus.services" . | fromYaml }}
{{- $front := include "carebus.front" . }}
{{- $links := list }}
{{- $at := dict }}
{{- range $package := uniq (concat .Values.menu (keys $services | sortAlpha)) }}
{{- $values := get $services $package }}
{{- if and $values $values.outside }}
{{- $words := $package | replace "_" " " }}
{{- $label := default (printf "%s%s" (substr 0 1 $words | upper) (substr 1 (len $words | int) $words)) $values.label }}
{{- $where := printf "%s%s" $front (include "carebus.prefix" (dict "package" $package "values" $values)) }}
{{- $_ := set $at $package (dict "where" $where "openTo" $values.openTo) }}
{{- $links = append $links (include "carebus.link" (list $label $where $values.openTo)) }}
{{- end }}
{{- end }}
{{- if and $at.referral $at.care_plan $at.wishes $at.equipment $at.line $at.notifications $at.audit }}
{{- $found := printf "%s/find" $at.referral.where }}
{{- $links = append $links (include "carebus.link" (list "find:Find a person" $found .Values.findPeople)) }}
{{- $links = append $links (include "carebus.link" (list "person:Referrals" (printf "%s?patient_id={patient_id}" $found) .Values.findPeople)) }}
{{- $links = append $links (include "carebus.link" (list "person:Care plan" (printf "%s/patients/{patient_id}" $at.care_plan.where) $at.care_plan.openTo)) }}
{{- $links = append $links (include "carebus.link" (list "person:Wishes" (printf "%s/patients/{patient_id}" $at.wishes.where) $at.wishes.openTo)) }}
{{- $links = append $links (include "carebus.link" (list "person:Equipment" (printf "%s/patients/{patient_id}" $at.equipment.where) $at.equipment.openTo)) }}
{{- /* Whoever plans shifts has no sheet to see. */}}
{{- $links = append $links (include "carebus.link" (list "person:Line" (printf "%s/patients/{patient_id}" $at.line.where) (without $at.line.openTo "coordinator"))) }}
{{- $links = append $links (include "carebus.link" (list "person:Messages" (printf "%s/?patient_id={patient_id}" $at.notifications.where) $at.notifications.openTo)) }}
{{- $links = append $links (include "carebus.link" (list "person:Who saw this" (printf "%s/?patient={patient_id}" $at.audit.where) $at.audit.openTo)) }}
{{- end }}
{{- join "," $links }}
{{- end }}

{{- define "carebus.link" -}}
{{- printf "%s=%s" (index . 0) (index . 1) }}{{ with index . 2 }}{{ printf "|%s" (join " " (sortAlpha .)) }}{{ end }}
{{- end }}

{{/* Settings that follow from where a service is shown and who signs people in, as YAML; `settings` may say otherwise. */}}
{{- define "carebus.followingSettings" -}}
{{- $all := .root.Values }}
{{- $front := include "carebus.front" .root }}
CAREBUS_HOSTS: {{ join "," (uniq (concat (list .service) .values.hosts)) | toJson }}
{{- if $front }}
{{- if or $all.ingress.enabled $all.gateway.enabled }}
{{- $_ := required "trustedProxies: the networks of what stands before the pages, or all who ask count as one" $all.trustedProxies }}
{{- end }}
CAREBUS_PREFIX: {{ include "carebus.prefix" . | toJson }}
CAREBUS_PUBLIC_URL: {{ printf "%s%s" $front (include "carebus.prefix" .) | toJson }}
CAREBUS_LINKS: {{ include "carebus.links" .root | toJson }}
{{- if has .package (list "referral" "notifications") }}
CAREBUS_REFERRAL_URL: {{ $front | toJson }}
{{- end }}
{{- if eq .package "notifications" }}
{{- $plan := dict "package" "care_plan" "values" (index $all.services "care_plan" | default dict) }}
CAREBUS_CARE_PLAN_URL: {{ printf "%s%s" $front (include "carebus.prefix" $plan) | toJson }}
{{- $line := dict "package" "line" "values" (index $all.services "line" | default dict) }}
CAREBUS_LINE_URL: {{ printf "%s%s" $front (include "carebus.prefix" $line) | toJson }}
{{- end }}
{{- end }}
{{- with $all.trustedProxies }}
CAREBUS_TRUSTED_PROXIES: {{ . | toJson }}
{{- end }}
{{- with $all.oidc }}
{{- if .issuer }}
CAREBUS_OIDC_ISSUER: {{ .issuer | toJson }}
CAREBUS_OIDC_AUDIENCE: {{ .audience | toJson }}
CAREBUS_OIDC_ROLES_CLAIM: {{ .rolesClaim | toJson }}
CAREBUS_OIDC_ORGANIZATION_CLAIM: {{ .organizationClaim | toJson }}
{{- with $.values.oidc.clientId }}
CAREBUS_OIDC_CLIENT_ID: {{ . | toJson }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* The volume with settings that must not be seen, each a file of its name; nothing when there are none. */}}
{{- define "carebus.settingsVolume" -}}
{{- $oidc := .values.oidc.clientSecret }}
{{- if or .values.settingsSecret $oidc.name }}
- name: settings
  projected:
    defaultMode: 0440
    sources:
      {{- with .values.settingsSecret }}
      - secret: {name: {{ . }}}
      {{- end }}
      {{- if $oidc.name }}
      - secret:
          name: {{ $oidc.name }}
          items: [{key: {{ $oidc.key }}, path: CAREBUS_OIDC_CLIENT_SECRET}]
      {{- end }}
{{- end }}
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
