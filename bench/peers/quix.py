"""The lane of Quix Streams: exactly once by Kafka's transactions, state in RocksDB with a changelog, no database."""

from __future__ import annotations

import os
import tempfile
from typing import Any

from quixstreams import Application, State

from bench.work import TOLD, TOPIC
from carebus.contracts.care_plan import VisitCompleted


def note_visit(body: bytes, seen: State) -> bytes:
    """Count the visit, keep the worst pain, tell something."""
    esas = VisitCompleted.model_validate_json(body).assessments.esas_r
    known = seen.get("seen") or {"visits": 0, "worst": 0}
    worst = max(known["worst"], (esas.pain if esas else None) or 0)
    seen.set("seen", {"visits": known["visits"] + 1, "worst": worst})
    return TOLD


def same_headers(_: Any, __: Any, ___: int, headers: Any) -> Any:
    """The lanes tell under the headers they heard: as many bytes go out."""
    return headers


def main(bootstrap: str, prefix: str, folder: str) -> None:
    """Run until killed. Commits twice a second; the default is every five seconds."""
    app = Application(
        broker_address=bootstrap,
        consumer_group=prefix + "quix",
        processing_guarantee="exactly-once",
        auto_offset_reset="earliest",
        commit_interval=float(os.environ.get("BENCH_COMMIT_S", "0.5")),
        state_dir=folder,
        loglevel="ERROR",
    )
    heard = app.topic(prefix + TOPIC, key_deserializer="str", value_deserializer="bytes")
    out = app.topic(prefix + "out", key_serializer="str", value_serializer="bytes")
    visits = app.dataframe(heard).apply(note_visit, stateful=True)
    visits.set_headers(same_headers).to_topic(out)
    app.run()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        main(os.environ["KAFKA_BOOTSTRAP_SERVERS"], os.environ["CAREBUS_TOPIC_PREFIX"], folder)
