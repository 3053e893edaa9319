"""A protocol that its form forbids is refused with the place and the rule."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from carebus.errors import BrokenRule
from carebus.reasoning import files
from services.line.domain.protocols.book import ProtocolBook
from services.line.domain.protocols.model import Protocol
from tests.line.protocols.samples import FEVER, fever, said, step

NECK, HOT = FEVER["steps"]
FLAG = {"id": "rash", "red_flag": True, "ask": said("A rash?")}
ONE = FEVER["approved_by"][0]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"approved_by": [ONE, {**ONE, "name": "a. AMES"}]}, "`approved_by` wants two people"),
        ({"until": "2025-01-01"}, "`until` is before `in_force_from`"),
        ({"questions": [*FEVER["questions"], FLAG]}, "The red flag rash stands before"),
        ({"questions": [FEVER["questions"][0], *FEVER["questions"]]}, "Two questions are called stiff_neck"),
        ({"steps": [HOT, NECK]}, "The step neck is more urgent than the one before it"),
        ({"otherwise": {"disposition": "clinician_now"}}, "The step hot is no more urgent than `otherwise`"),
        ({"steps": [step("x", {"fact": "rash", "is": True}, "call_911")]}, "x: no question is called 'rash'"),
        ({"steps": [step("x", {"fact": "drinks", "is": "beer"}, "call_911")]}, "The step x: drinks is never 'beer'"),
        ({"steps": [step("x", {"fact": "degrees", "is": "hot"}, "call_911")]}, "x: degrees is compared with numbers"),
        ({"steps": [step("x", {"diagnosed": ["copd"]}, "call_911")]}, "The step x looks for a diagnosis"),
        ({"steps": [step("otherwise", NECK["when"], "call_911")]}, "No step is called otherwise"),
        ({"questions": [{**FLAG, "choices": [{"id": "a", **said("A")}]}]}, "rash is answered with yes or no"),
        ({"questions": [{**FLAG, "ask": {"en": "A rash?"}}]}, "At rash > ask > es: Field required."),
        ({"colour": "red"}, "At colour: Extra inputs"),
    ],
)  # fmt: skip
def test_a_broken_file_names_the_field_and_the_rule(tmp_path: Path, changes: dict[str, Any], why: str) -> None:
    file = tmp_path / "fever-1.yaml"
    file.write_text(json.dumps({**deepcopy(FEVER), **changes}))
    with pytest.raises(BrokenRule) as told:
        files.read(file, Protocol)
    assert why in str(told.value)


def test_the_text_has_a_digest_that_any_change_changes_and_any_layout_keeps() -> None:
    again = Protocol.model_validate_json(fever().document)
    assert again == fever()
    assert again.digest == fever().digest
    assert fever(about="Warm").digest != fever().digest


def test_the_newest_version_in_force_is_followed_and_the_older_can_be_read() -> None:
    later = fever(version=2, in_force_from="2026-06-01")
    short = fever(version=3, in_force_from="2026-07-01", until="2026-07-02")
    book = ProtocolBook.of([fever(), later, short])
    chosen = [book.current("fever", one.in_force_from) for one in (fever(), later, short)]
    assert [one.version for one in chosen if one] == [1, 2, 3]
    after = book.current("fever", short.in_force_from.replace(day=3))
    assert after is not None
    assert after.version == 2
    assert book.version("fever", 1) == fever()
    with pytest.raises(BrokenRule, match="two protocols fever/1"):
        ProtocolBook.of([fever(), fever(about="x")])
