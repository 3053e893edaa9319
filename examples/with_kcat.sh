#!/bin/sh
# Shows source, subject, sequence and type of every event with kcat: headers only, no body, so nothing that is protected.
set -eu
kcat -C -e -q -b "$KAFKA_BOOTSTRAP_SERVERS" -t "${TOPIC:-patient.events}" -o beginning -f '%h\n' |
    awk -F, '{
        for (n = 1; n <= NF; n++) { split($n, header, "="); said[header[1]] = header[2] }
        print said["ce_source"], said["ce_subject"], said["ce_sequence"], said["ce_type"]
    }'
