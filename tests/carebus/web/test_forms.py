"""Forms keep what was typed and say which rule was broken, never the value that broke it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import pytest
from fastapi.exceptions import RequestValidationError
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import FormData

from carebus.web import BrokenRule, Form, body_of, errors_of

SECRET = "Zyxwv-4711"


def _never(value: str) -> str:
    raise BrokenRule("Leave this to the nurse.")


def _careless(value: str) -> str:
    raise ValueError(f"{value.upper()} is not good")


class Contact(BaseModel):
    email: str = Field(pattern=r"^\S+@\S+$")


class Sample(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=2, max_length=5)
    born: date
    contact: Contact
    pain: int = Field(ge=0, le=10)
    phase: Literal["stable", "unstable"]
    team: UUID
    needs: list[str] = Field(min_length=1)
    ruled: Annotated[str, AfterValidator(_never)] = "x"
    careless: Annotated[str, AfterValidator(_careless)] = "x"


def broken(**values: object) -> dict[str, str]:
    with pytest.raises(ValidationError) as caught:
        Sample.model_validate(values)
    return errors_of(caught.value)


def test_each_rule_is_a_plain_sentence() -> None:
    errors = broken(
        name="x" * 9, born="soon", contact={"email": "nobody"}, pain=11, phase="happy", team="north", ruled="y"
    )
    assert errors == {
        "name": "Write at most 5 characters.",
        "born": "Give a real date, such as 2026-03-27.",
        "contact.email": "Write this in the form the hint shows.",
        "pain": "Give 10 or less.",
        "phase": "Choose 'stable' or 'unstable'.",
        "team": "Give an identifier as it was shown to you.",
        "needs": "This is required.",
        "ruled": "Leave this to the nurse.",
    }


def test_a_careless_validator_does_not_repeat_the_value() -> None:
    assert broken(careless=SECRET)["careless"] == "Check this: it does not fit here."


def test_an_unknown_field_is_not_named() -> None:
    assert broken(**{SECRET: 1})[""] == "Leave out fields that are not known here."


@given(
    st.dictionaries(
        st.sampled_from(["name", "born", "contact", "pain", "phase", "team", "needs", "ruled", "careless"]),
        st.just(SECRET) | st.just([SECRET]) | st.just({"email": SECRET}) | st.none(),
    )
)
def test_no_error_holds_what_was_typed(values: dict[str, object]) -> None:
    told = str(broken(**values)).lower()
    assert SECRET.lower() not in told


def test_the_place_of_a_request_is_not_part_of_the_field() -> None:
    exc = RequestValidationError([{"type": "missing", "loc": ("body", "contact", "email"), "msg": "", "input": SECRET}])
    assert errors_of(exc) == {"contact.email": "This is required."}


def test_broken_json_is_no_field() -> None:
    exc = RequestValidationError([{"type": "json_invalid", "loc": ("body", 7), "msg": SECRET, "input": SECRET}])
    assert errors_of(exc) == {"": "Send valid JSON."}


def test_a_form_becomes_a_nested_body_without_empty_fields() -> None:
    sent = FormData([("name", " Ada "), ("contact.email", "a@b"), ("born", " "), ("needs", "dme"), ("needs", "talk")])
    assert body_of(sent, many=["needs"]) == {"name": "Ada", "contact": {"email": "a@b"}, "needs": ["dme", "talk"]}


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=8))
def test_no_form_is_too_odd_to_read(fields: list[tuple[str, str]]) -> None:
    body_of(FormData([*fields]), many=["a"])


def test_one_name_that_is_both_field_and_group_keeps_the_first() -> None:
    assert body_of(FormData([("a", "1"), ("a.b", "2")])) == {"a": "1"}


def test_a_refused_form_keeps_what_was_typed() -> None:
    form = Form.typed(FormData([("pain", "11"), ("needs", "a"), ("needs", "b")])).refused({"pain": "Give 10 or less."})
    assert (form.value("pain"), form.error("pain"), form.chosen("needs")) == ("11", "Give 10 or less.", frozenset("ab"))


def test_an_error_in_a_list_leads_to_the_list() -> None:
    form = Form(labels={"needs": "Needs"}, errors={"needs.0": "Choose one."})
    assert (form.anchor("needs.0"), form.label("needs.0"), form.error("needs")) == (
        "field-needs",
        "Needs",
        "Choose one.",
    )
