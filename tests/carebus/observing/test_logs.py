"""Logs: one JSON line each, for our own and for libraries' words, and never a patient's data in them."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from carebus.contracts import PHI_NAMES
from carebus.contracts.referral import ReferralReceived
from carebus.errors import CarebusError
from carebus.observing.redaction import HIDDEN, redact
from tests.carebus.lines import Lines
from tests.contracts.test_phi_marks import MARKER, planted


def fails(text: str) -> None:
    raise ValueError(f"bad value {text}")


def test_our_own_entries_are_json_lines_with_service_level_and_time(lines: Lines) -> None:
    structlog.get_logger().info("batch_handled", records=3, ms=1.5)
    [entry] = lines.entries()
    assert entry.pop("time").endswith("Z")
    assert entry == {"event": "batch_handled", "level": "info", "service": "tally", "records": 3, "ms": 1.5}


def test_libraries_entries_have_the_same_form(lines: Lines) -> None:
    logging.getLogger("some.library").warning("it is %s", "late")
    [entry] = lines.entries()
    assert (entry["event"], entry["level"], entry["service"]) == ("it is late", "warning", "tally")


def test_a_library_that_brings_its_own_form_has_ours_too(lines: Lines) -> None:
    logging.getLogger("faststream").warning("topics must exist")
    [entry] = lines.entries()
    assert (entry["event"], entry["service"]) == ("topics must exist", "tally")


@pytest.mark.parametrize("level", ["warning", "error", "exception", "critical"])
def test_an_exception_is_its_type_and_its_frames_and_never_its_text(lines: Lines, level: str) -> None:
    try:
        fails(MARKER)
    except ValueError as exc:
        getattr(structlog.get_logger(), level)("it_failed", exc_info=exc)
        getattr(logging.getLogger("some.library"), level)("it failed", exc_info=exc)
        getattr(logging.getLogger("some.library"), level)("it failed", exc_info=True)
    assert MARKER not in lines.text()
    for entry in lines.entries():
        assert entry["error"] == "ValueError"
        assert entry["frames"][-1].endswith("fails")


@dataclass
class Holder:
    """Something whose text form shows what it holds."""

    family: str


UNSAFE = [
    pytest.param({"family_name": MARKER}, id="a protected name"),
    pytest.param({"patient": {"family_name": MARKER}}, id="inside a dict"),
    pytest.param({"patients": [{"a": ({"phone": MARKER},)}]}, id="deep inside"),
    pytest.param({"event_body": planted(ReferralReceived)}, id="an event"),
    pytest.param({"events": [planted(ReferralReceived)]}, id="a list of events"),
    pytest.param({"body": MARKER.encode()}, id="bytes"),
    pytest.param({"body": bytearray(MARKER.encode())}, id="a bytearray"),
    pytest.param({"bodies": {MARKER.encode()}}, id="a set of bytes"),
    pytest.param({"error": ValueError(MARKER)}, id="an exception as a value"),
    pytest.param({"errors": [ValueError(MARKER)]}, id="exceptions as values"),
    pytest.param({"holder": Holder(MARKER)}, id="an object"),
    pytest.param({"holders": frozenset({(Holder, MARKER.encode())})}, id="a set"),
]


@pytest.mark.parametrize("entry", UNSAFE)
def test_protected_values_are_hidden_wherever_they_stand(lines: Lines, entry: dict[str, Any]) -> None:
    structlog.get_logger().warning("something", **entry)
    assert lines.entries()
    assert MARKER not in lines.text()


def test_values_that_operators_need_are_left(lines: Lines) -> None:
    structlog.get_logger().info(
        "x", stream="patient/1", n=1, ok=True, none=None, ids=["a"], at=datetime(2026, 1, 1, tzinfo=UTC), id=UUID(int=1)
    )
    [entry] = lines.entries()
    assert (entry["stream"], entry["n"], entry["ok"], entry["none"], entry["ids"]) == (
        "patient/1",
        1,
        True,
        None,
        ["a"],
    )
    assert "2026" in entry["at"]
    assert str(UUID(int=1)) in entry["id"]


async def test_a_task_whose_exception_nobody_took_is_logged_without_its_text(lines: Lines) -> None:
    async def dies() -> None:
        fails(MARKER)

    task: asyncio.Task[None] | None = asyncio.create_task(dies())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    loop = asyncio.get_running_loop()
    loop.default_exception_handler(
        {
            "message": "Task exception was never retrieved",
            "exception": task.exception() if task else None,
            "future": task,
        }
    )
    [entry] = lines.entries()
    assert entry["event"] == "Task exception was never retrieved"
    assert MARKER not in lines.text()


def test_an_error_that_people_may_be_told_is_a_type_in_the_log(lines: Lines) -> None:
    class Refused(CarebusError):
        """This is refused."""

    try:
        raise Refused
    except Refused:
        structlog.get_logger().error("refused", exc_info=True)
    assert lines.entries()[0]["error"] == "Refused"


plain = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.dates(date(2000, 1, 1))
names = st.sampled_from(sorted(PHI_NAMES)) | st.sampled_from(["count", "stream", "reason"])
planted_values = st.sampled_from([MARKER.encode(), ValueError(MARKER), Holder(MARKER), (ValueError(MARKER),)])
entries = st.recursive(
    plain | planted_values,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(names, inner, max_size=4)
        | st.dictionaries(st.sampled_from(sorted(PHI_NAMES)), st.just(MARKER), max_size=3)
    ),
    max_leaves=20,
)


@given(st.dictionaries(names, entries, max_size=5))
def test_no_planted_marker_survives_any_nesting(entry: dict[str, Any]) -> None:
    redacted = redact(None, "info", {"event": "x", **entry})
    assert MARKER not in json.dumps(redacted, default=repr)
    assert all(redacted[name] == HIDDEN for name in entry if name in PHI_NAMES)
