"""Breaking changes planted in models are found and told apart; harmless ones are not mistaken for them."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, create_model

from carebus.contracts import Phi
from carebus.contracts.event import PatientEvent, Value
from carebus.observing.compatibility import Finding, Harm, compare
from carebus.observing.releases import Declared, differences, of_release, of_today
from carebus.observing.schemas import schema
from tests.contracts.release import RELEASED


class Two(StrEnum):
    """Two members."""

    A = "a"
    B = "b"


class Three(StrEnum):
    """One more."""

    A = "a"
    B = "b"
    C = "c"


def model(base: type[BaseModel], name: str, **fields: Any) -> Any:
    return create_model(name, __base__=base, **fields)


def many(part: Any) -> Any:
    return tuple.__class_getitem__((part, ...))


def changes(old: dict[str, Any], new: dict[str, Any]) -> set[tuple[str, str, Harm]]:
    """What is found between an event with these fields and one with those."""
    found: list[Finding] = compare(
        {"E": schema(model(PatientEvent, "E", **old))}, {"E": schema(model(PatientEvent, "E", **new))}
    )
    return {(finding.where, finding.what, finding.harm) for finding in found}


EVENTS, READERS = Harm.OLD_EVENTS, Harm.OLD_READERS
OLD_PART: Any = model(Value, "Part", x=(int, ...))
NEW_PART: Any = model(Value, "Part", x=(str, ...))

BREAKING = [
    pytest.param({"x": (int, 1)}, {"x": (int, 2)}, {("E.x", "another default", EVENTS)}, id="another default"),
    pytest.param(
        {"x": (Annotated[str, Phi.NAME], ...)},
        {"x": (Annotated[str, Phi.TEXT], ...)},
        {("E.x", "another mark of protected data", EVENTS)},
        id="another mark",
    ),
    pytest.param(
        {"x": (str, ...)},
        {"x": (Annotated[str, Phi.NAME], ...)},
        {("E.x", "now marked as protected", READERS)},
        id="a mark where none was",
    ),
    pytest.param(
        {"x": (many(str), ())}, {"x": (many(str), ("a",))}, {("E.x", "another default", EVENTS)}, id="a filled list"
    ),
    pytest.param({"x": (int, ...)}, {}, {("E.x", "field removed or renamed", EVENTS)}, id="removed"),
    pytest.param(
        {"x": (int, ...)},
        {"y": (int, ...)},
        {("E.x", "field removed or renamed", EVENTS), ("E.y", "new required field", EVENTS)},
        id="renamed",
    ),
    pytest.param({"x": (int, 1)}, {"x": (int, ...)}, {("E.x", "field became required", EVENTS)}, id="now required"),
    pytest.param(
        {"x": (int, ...)}, {"x": (int, 1)}, {("E.x", "field is no longer required", READERS)}, id="now optional"
    ),
    pytest.param(
        {"x": (int, ...)},
        {"x": (str, ...)},
        {("E.x", "may no longer be integer", EVENTS), ("E.x", "may now be string", READERS)},
        id="another type",
    ),
    pytest.param(
        {"x": (int | None, None)},
        {"x": (int, 0)},
        {("E.x", "another default", EVENTS), ("E.x", "may no longer be null", EVENTS)},
        id="null no more",
    ),
    pytest.param({"x": (int, 0)}, {"x": (int | None, 0)}, {("E.x", "may now be null", READERS)}, id="null now"),
    pytest.param({"x": (Three, ...)}, {"x": (Two, ...)}, {("E.x", "may no longer be c", EVENTS)}, id="a member less"),
    pytest.param({"x": (Two, ...)}, {"x": (Three, ...)}, {("E.x", "may now be c", READERS)}, id="a member more"),
    pytest.param(
        {"x": (str, ...)}, {"x": (Two, ...)}, {("E.x", "may no longer be any other value", EVENTS)}, id="closed"
    ),
    pytest.param({"x": (Two, ...)}, {"x": (str, ...)}, {("E.x", "may now be any other value", READERS)}, id="opened"),
    pytest.param(
        {"x": (Annotated[int, Field(le=10)], ...)},
        {"x": (Annotated[int, Field(le=9)], ...)},
        {("E.x", "maximum is stricter", EVENTS)},
        id="a lower limit",
    ),
    pytest.param(
        {"x": (Annotated[int, Field(ge=1)], ...)},
        {"x": (Annotated[int, Field(ge=0)], ...)},
        {("E.x", "minimum is wider", READERS)},
        id="a wider limit",
    ),
    pytest.param(
        {"x": (str, ...)},
        {"x": (Annotated[str, Field(max_length=9)], ...)},
        {("E.x", "maxLength is stricter", EVENTS)},
        id="a limit where none was",
    ),
    pytest.param(
        {"x": (OLD_PART, ...)},
        {"x": (NEW_PART, ...)},
        {("E.x.x", "may no longer be integer", EVENTS), ("E.x.x", "may now be string", READERS)},
        id="inside a part",
    ),
    pytest.param(
        {"x": (many(OLD_PART), ())},
        {"x": (many(NEW_PART), ())},
        {("E.x[].x", "may no longer be integer", EVENTS), ("E.x[].x", "may now be string", READERS)},
        id="inside a list",
    ),
    pytest.param(
        {"x": (OLD_PART | None, None)},
        {"x": (model(Value, "Part"), None)},
        {("E.x", "may no longer be null", EVENTS), ("E.x.x", "field removed or renamed", EVENTS)},
        id="inside what may be null",
    ),
    pytest.param(
        {"x": (dict[str, int], ...)},
        {"x": (dict[str, str], ...)},
        {("E.x{}", "may no longer be integer", EVENTS), ("E.x{}", "may now be string", READERS)},
        id="inside a mapping",
    ),
    pytest.param(
        {"x": (Annotated[str, Phi.NAME], ...)},
        {"x": (str, ...)},
        {("E.x", "no longer marked as protected", EVENTS)},
        id="a mark less",
    ),
]


@pytest.mark.parametrize(("old", "new", "found"), BREAKING)
def test_a_planted_breaking_change_is_found(old: Any, new: Any, found: set[Any]) -> None:
    assert changes(old, new) == found


def test_a_removed_event_is_found() -> None:
    event = {"E": schema(model(PatientEvent, "E"))}
    assert compare(event, {}) == [Finding("E", "event removed or renamed", Harm.OLD_EVENTS)]


HARMLESS = [
    pytest.param({"x": (int, ...)}, {"x": (int, ...)}, id="nothing"),
    pytest.param({}, {"x": (int, 1)}, id="a new optional field"),
    pytest.param({}, {"x": (OLD_PART | None, None)}, id="a new optional part"),
    pytest.param(
        {"x": (OLD_PART, ...)}, {"x": (model(Value, "Renamed", x=(int, ...)), ...)}, id="a part's new class name"
    ),
]


@pytest.mark.parametrize(("old", "new"), HARMLESS)
def test_growth_harms_nobody(old: Any, new: Any) -> None:
    assert changes(old, new) == set()


def test_a_new_event_type_harms_nobody() -> None:
    assert compare({}, {"E": schema(model(PatientEvent, "E"))}) == []


TOLD = Declared(
    schema(model(PatientEvent, "E", x=(int, ...))), "care_plan", "patient.events", "patient", "org.carebus.E"
)
PLANTED = {
    "another publisher": replace(TOLD, publisher="referral"),
    "another topic": replace(TOLD, topic="other.events"),
    "another key": replace(TOLD, subject="roster"),
    "another type": replace(TOLD, type="com.example.E"),
    "refuses fields that it does not know": replace(TOLD, schema={**TOLD.schema, "additionalProperties": False}),
    "event removed or renamed": None,
}


@pytest.mark.parametrize("what", PLANTED)
def test_what_stands_beside_the_body_is_compared_too(what: str) -> None:
    now = PLANTED[what]
    found = differences({"E": TOLD}, {"E": now} if now else {})
    assert [(one.where, one.what, one.harm) for one in found] == [("E", what, EVENTS)]


def test_a_finding_says_what_breaks_for_whom_and_what_to_do() -> None:
    [found] = compare({"E": TOLD.schema}, {"E": schema(model(PatientEvent, "E"))})
    assert found.told("0.1.0") == (
        "E.x: field removed or renamed; readers of 0.1.0 lose it;"
        " make a new event, and tell it beside this one (docs/how-to/add-an-event.md)"
    )


def test_the_releases_are_read_with_their_publishers_and_topics() -> None:
    first = of_release(RELEASED / "0.1.0")
    joined = first["ClinicianJoined"]
    assert (joined.publisher, joined.topic, joined.subject) == ("care_plan", "roster.events", "roster")
    assert of_today().keys() >= first.keys()
