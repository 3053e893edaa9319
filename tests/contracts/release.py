"""Freezes the contracts as they are now under their version: `python -m tests.contracts.release` (`make freeze`).

Writes `released/<version>/schemas/` and one example of each event, as a record of its topic, to
`released/<version>/events/`. What is frozen is never changed: later releases are tested against it.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import UUID

from carebus.contracts import Envelope, Event
from carebus.contracts.event import topic_of
from carebus.observing.schemas import write
from tests.contracts.events import KINDS, NOON, example

RELEASED = Path(__file__).parent / "released"


def record(kind: type[Event]) -> dict[str, Any]:
    """An example of this event as a record: topic, headers, body."""
    event = example(kind)
    envelope = Envelope(
        id=UUID(int=1),
        source=kind.__module__.split(".")[2],
        type=kind.type_name(),
        subject=kind.SUBJECT.stream(UUID(int=2)),
        time=NOON,
        sequence=1,
        correlation_id=UUID(int=3),
        causation_id=UUID(int=4),
        actor="someone",
        dataschema=kind.schema_name(),
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )
    return {
        "topic": topic_of(envelope.subject),
        "headers": {name: value.decode() for name, value in envelope.headers()},
        "body": json.loads(event.model_dump_json()),
    }


def freeze(folder: Path) -> None:
    """Write a release that is not there yet."""
    write(folder / "schemas")
    (folder / "events").mkdir()
    for kind in KINDS:
        text = json.dumps(record(kind), indent=2, ensure_ascii=False) + "\n"
        (folder / "events" / f"{kind.__name__}.json").write_text(text)


def main() -> int:
    """Freeze the installed version, once."""
    folder = RELEASED / version("carebus")
    if folder.exists():
        print(f"{folder.name} is frozen already: raise the version in shared/pyproject.toml first", file=sys.stderr)
        return 1
    freeze(folder)
    print(f"frozen: {folder.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
