"""What was released stays readable for ever, and nothing since then harms anybody unannounced."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from carebus.contracts import EVENTS, phi_paths, read_envelope
from carebus.contracts.event import topic_of
from carebus.observing.releases import breaking
from tests.contracts.release import RELEASED, freeze

RELEASES = sorted(folder for folder in RELEASED.iterdir() if folder.is_dir())
GOLDEN = [file for release in RELEASES for file in sorted((release / "events").glob("*.json"))]
ACCEPTED: dict[str, str] = json.loads((RELEASED / "accepted.json").read_text())


def named(file: Path) -> str:
    return f"{file.parent.parent.name} {file.stem}" if file.suffix else file.name


def test_there_is_a_release_to_hold_against() -> None:
    assert [release.name for release in RELEASES][:1] == ["0.1.0"]
    assert GOLDEN


@pytest.mark.parametrize("file", GOLDEN, ids=named)
def test_a_released_event_is_still_read_with_the_same_meaning(file: Path) -> None:
    record = json.loads(file.read_text())
    envelope = read_envelope(record["headers"])
    event = EVENTS[envelope.type].model_validate(record["body"], strict=False)
    assert topic_of(envelope.subject) == record["topic"] == event.SUBJECT.topic
    assert held(json.loads(event.model_dump_json()), record["body"])
    assert _by_value({name: value.decode() for name, value in envelope.headers()}) == _by_value(record["headers"])


def _by_value(headers: dict[str, str]) -> dict[str, str | int]:
    """The headers, with the sequence as the integer that it is: 0.1 did not pad it."""
    return {**headers, "ce_sequence": int(headers["ce_sequence"])}


def held(now: Any, then: Any) -> bool:
    """Whether everything said then is still said now, whatever was added."""
    if isinstance(then, dict):
        return isinstance(now, dict) and all(name in now and held(now[name], then[name]) for name in then)
    if isinstance(then, list):
        return isinstance(now, list) and len(now) == len(then) and all(map(held, now, then))
    return bool(now == then)


@pytest.mark.parametrize("release", RELEASES, ids=named)
def test_nothing_harmful_changed_since(release: Path) -> None:
    assert len(list((release / "schemas").glob("*.json"))) == len(list((release / "events").glob("*.json")))
    assert [one.told(name) for name, one in breaking(RELEASED) if name == release.name] == []


def test_every_accepted_harm_has_a_reason() -> None:
    assert all(len(reason) > 20 for reason in ACCEPTED.values())


def test_freezing_writes_what_the_tests_read(tmp_path: Path) -> None:
    freeze(tmp_path / "9.9.9")
    events = sorted(file.stem for file in (tmp_path / "9.9.9" / "events").iterdir())
    assert events == sorted(kind.__name__ for kind in EVENTS.values())
    for file in (tmp_path / "9.9.9" / "events").iterdir():
        record = json.loads(file.read_text())
        kind = EVENTS[record["headers"]["ce_type"]]
        assert all(record["body"][path] for path in phi_paths(kind) if "." not in path)
