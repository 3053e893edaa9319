#!/bin/sh
# Made from the contracts by `python -m deploy.kubernetes topics`: change it there.
#
# Topics, and with USERS=yes the rights of users that exist, by Kafka's own commands:
#   BOOTSTRAP=kafka:9092 PARTITIONS=12 REPLICAS=3 deploy/topics/kafka.sh --command-config admin.properties
# PREFIX is put before all names, TOPICS and ACLS name the commands where they are called otherwise. May be run twice.
set -eu
: "${BOOTSTRAP:?host:port of the brokers}"
topic() {
    name=$1
    shift
    ${TOPICS:-kafka-topics.sh} --bootstrap-server "$BOOTSTRAP" "$@" --create --if-not-exists \
        --topic "${PREFIX:-}$name" --partitions "${PARTITIONS:-12}" --replication-factor "${REPLICAS:-3}" \
        --config "min.insync.replicas=${IN_SYNC:-2}" \
        --config retention.ms=-1 \
        --config cleanup.policy=delete \
        --config message.timestamp.type=CreateTime \
        --config message.timestamp.before.max.ms=9223372036854775807 \
        --config message.timestamp.after.max.ms=9223372036854775807 \
        --config compression.type=uncompressed
}
allow() {
    user=$1 what=$2
    shift 2
    # shellcheck disable=SC2086 # `what` is several words
    ${ACLS:-kafka-acls.sh} --bootstrap-server "$BOOTSTRAP" "$@" --add --allow-principal "User:carebus-$user" $what
}
topic patient.events "$@"
topic roster.events "$@"
topic audit.events "$@"
topic call.events "$@"
[ "${USERS:-no}" = yes ] || exit 0
allow audit "--operation Describe --operation Read --operation Write --topic ${PREFIX:-}audit.events" "$@"
allow audit "--operation Describe --operation Read --topic ${PREFIX:-}patient.events" "$@"
allow audit "--operation Describe --operation Read --group ${PREFIX:-}audit" "$@"
allow care-plan "--operation Describe --operation Read --operation Write --topic ${PREFIX:-}audit.events" "$@"
allow care-plan "--operation Describe --operation Read --operation Write --topic ${PREFIX:-}patient.events" "$@"
allow care-plan "--operation Describe --operation Read --operation Write --topic ${PREFIX:-}roster.events" "$@"
allow care-plan "--operation Describe --operation Read --group ${PREFIX:-}care_plan" "$@"
allow equipment "--operation Describe --operation Read --operation Write --topic ${PREFIX:-}audit.events" "$@"
allow equipment "--operation Describe --operation Read --operation Write --topic ${PREFIX:-}patient.events" "$@"
allow equipment "--operation Describe --operation Read --group ${PREFIX:-}equipment" "$@"
allow line "--operation Describe --operation Read --operation Write --topic ${PREFIX:-}audit.events" "$@"
allow line "--operation Describe --operation Read --operation Write --topic ${PREFIX:-}call.events" "$@"
allow line "--operation Describe --operation Read --operation Write --topic ${PREFIX:-}patient.events" "$@"
allow line "--operation Describe --operation Read --group ${PREFIX:-}line" "$@"
allow notifications "--operation Describe --operation Read --operation Write --topic ${PREFIX:-}audit.events" "$@"
allow notifications "--operation Describe --operation Read --operation Write --topic ${PREFIX:-}call.events" "$@"
allow notifications "--operation Describe --operation Read --operation Write --topic ${PREFIX:-}patient.events" "$@"
allow notifications "--operation Describe --operation Read --group ${PREFIX:-}notifications" "$@"
allow outcomes "--operation Describe --operation Read --operation Write --topic ${PREFIX:-}audit.events" "$@"
allow outcomes "--operation Describe --operation Read --topic ${PREFIX:-}call.events" "$@"
allow outcomes "--operation Describe --operation Read --topic ${PREFIX:-}patient.events" "$@"
allow outcomes "--operation Describe --operation Read --group ${PREFIX:-}outcomes" "$@"
allow referral "--operation Describe --operation Read --operation Write --topic ${PREFIX:-}audit.events" "$@"
allow referral "--operation Describe --operation Read --operation Write --topic ${PREFIX:-}patient.events" "$@"
allow referral "--operation Describe --operation Read --group ${PREFIX:-}referral" "$@"
allow wishes "--operation Describe --operation Read --operation Write --topic ${PREFIX:-}audit.events" "$@"
allow wishes "--operation Describe --operation Read --operation Write --topic ${PREFIX:-}patient.events" "$@"
allow wishes "--operation Describe --operation Read --group ${PREFIX:-}wishes" "$@"
allow operator "--operation Create --operation Describe --operation DescribeConfigs --operation AlterConfigs --operation Read --operation Write --topic ${PREFIX:-}patient.events" "$@"
allow operator "--operation Create --operation Describe --operation DescribeConfigs --operation AlterConfigs --operation Read --operation Write --topic ${PREFIX:-}roster.events" "$@"
allow operator "--operation Create --operation Describe --operation DescribeConfigs --operation AlterConfigs --operation Read --operation Write --topic ${PREFIX:-}audit.events" "$@"
allow operator "--operation Create --operation Describe --operation DescribeConfigs --operation AlterConfigs --operation Read --operation Write --topic ${PREFIX:-}call.events" "$@"
