"""Every event survives the way through JSON, and what later releases add does no harm."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from pydantic import BaseModel, ValidationError

from carebus.contracts import EVENTS, PUBLISHED_BY, Event
from carebus.contracts.event import topic_of
from tests.contracts.events import KINDS, any_event, example, models


@given(any_event())
def test_every_event_is_the_same_after_its_json(event: Event) -> None:
    assert type(event).model_validate_json(event.model_dump_json()) == event


def widened(value: Any) -> Any:
    """The same JSON with fields that nobody knows yet in every object."""
    if isinstance(value, dict):
        return {"from_the_future": [1, {"x": None}], **{name: widened(inner) for name, inner in value.items()}}
    return [widened(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_fields_of_later_releases_are_ignored_at_any_depth(kind: type[Event]) -> None:
    event = example(kind)
    assert kind.model_validate_json(json.dumps(widened(json.loads(event.model_dump_json())))) == event


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_event_cannot_be_changed(kind: type[Event]) -> None:
    event = example(kind)
    with pytest.raises(ValidationError):
        setattr(event, next(iter(kind.model_fields)), None)


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
def test_every_part_of_an_event_is_immutable_silent_and_open(model: type[BaseModel]) -> None:
    assert model.model_config.get("frozen")
    assert model.model_config.get("hide_input_in_errors")
    assert model.model_config.get("extra") == "ignore"
    assert model.__doc__


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_type_has_one_name_one_publisher_and_a_topic(kind: type[Event]) -> None:
    assert EVENTS[kind.type_name()] is kind
    assert [name for name, kinds in PUBLISHED_BY.items() if kind in kinds] == [kind.__module__.split(".")[2]]
    assert topic_of(kind.SUBJECT.stream("x")) == kind.SUBJECT.topic
