#!/bin/sh
# Shows the headers of every event with Kafka's own console consumer. KAFKA_JARS is the folder `libs` of a Kafka download.
set -eu
java -cp "$KAFKA_JARS/*" org.apache.kafka.tools.consumer.ConsoleConsumer \
    --bootstrap-server "$KAFKA_BOOTSTRAP_SERVERS" --topic "${TOPIC:-patient.events}" --from-beginning --timeout-ms 5000 \
    --formatter-property print.headers=true --formatter-property print.value=false --formatter-property print.key=true
