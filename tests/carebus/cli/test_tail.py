"""`carebus tail` and `carebus emit`: look at events live, and put one there to try a subscriber."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from tests.carebus.cli.conftest import Carebus
from tests.carebus.wires import Wire, someone

TAIL = ("tail", "--from-first", "--seconds", "4", "--json")


def told(out: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.splitlines()]


async def test_what_emit_puts_there_tail_shows_with_patients_data_hidden(at_desk: Wire, carebus: Carebus) -> None:
    patient = someone()
    for sequence in (1, 2):
        ended = await carebus("emit", "ReferralDeclined", "--patient", str(patient), "--json")
        assert (ended.code, ended.json["sequence"]) == (0, sequence), ended.err
    assert (await carebus("emit", "VisitCompleted")).code == 0
    shown = told((await carebus(*TAIL, "--patient", str(patient), "--type", "ReferralDeclined")).out)
    assert [(one["source"], one["stream"], one["sequence"]) for one in shown] == [
        ("emitted", f"patient/{patient}", 1),
        ("emitted", f"patient/{patient}", 2),
    ]
    [body] = {json.dumps(one["body"]) for one in shown}
    assert json.loads(body)["reason_text"] == "[phi]"
    everything = told((await carebus(*TAIL)).out)
    assert sorted(str(one["type"]) for one in everything) == [*2 * ["ReferralDeclined"], "VisitCompleted"]


async def test_patients_data_is_shown_for_a_reason_that_is_kept(at_desk: Wire, carebus: Carebus) -> None:
    assert (await carebus("emit", "ReferralDeclined")).code == 0
    without = await carebus(*TAIL, "--show-phi")
    assert (without.code, without.out, "--because" in without.err) == (2, "", True)
    [one] = told((await carebus(*TAIL, "--show-phi", "--actor", "ana", "--because", "a complaint")).out)
    assert isinstance(one["body"], dict)
    assert one["body"]["reason_text"] == "a reason_text"
    db = await asyncpg.connect(at_desk.url)
    kept = await db.fetchrow("select actor, act, because from operator_act")
    await db.close()
    assert kept is not None
    assert tuple(kept) == ("ana", "tail --show-phi", "a complaint")


async def test_a_body_says_what_differs_from_the_example(at_desk: Wire, carebus: Carebus, tmp_path: Path) -> None:
    file = tmp_path / "body.json"
    file.write_text('{"reason": "deceased"}')
    assert (await carebus("emit", "ReferralDeclined", "--body", str(file))).code == 0
    [one] = told((await carebus(*TAIL)).out)
    assert isinstance(one["body"], dict)
    assert one["body"]["reason"] == "deceased"
    file.write_text('{"reason": "no such reason"}')
    refused = await carebus("emit", "ReferralDeclined", "--body", str(file))
    assert (refused.code, "reason: enum" in refused.err, "no such" in refused.err) == (2, True, False)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("emit", "VisitComplete"), "Did you mean VisitCompleted?"),
        (("tail", "--type", "VisitComplete"), "Did you mean VisitCompleted?"),
        (("emit", "VisitCompleted", "--source", "referral"), "referral is a source of the contracts"),
    ],
)
async def test_what_is_mistyped_or_taken_is_said(
    words: tuple[str, ...], said: str, at_desk: Wire, carebus: Carebus
) -> None:
    ended = await carebus(*words)
    assert (ended.code, said in ended.err) == (2, True)


@pytest.mark.parametrize("place", ["kafka.example.com:9092", "10.0.0.1:9092", "[fd00::1]:9092"])
async def test_made_up_events_go_to_local_brokers_only(
    place: str, carebus: Carebus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", place)
    ended = await carebus("emit", "VisitCompleted", "--patient", str(UUID(int=1)))
    assert (ended.code, f"{place} is not on this machine" in ended.err) == (2, True)
