"""The checker finds each kind of violation when one is planted into a history without any, and nothing otherwise."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults import checker, history
from tests.faults.checker import Kind, check
from tests.faults.history import Command, Effect, History, Kept, Move, Record, Told

A, B = "patient/a", "patient/b"
SPOILT, NOT_DUE_YET = "b2", "b3"
Forge = Callable[[History], object]


def honest() -> History:
    """Two patients with three commands each; the second of B is spoilt, so it and the third are in custody."""
    made = History(canary=b"canary", shown={"log": b"nothing to see"})
    for stream in (A, B):
        for n in (1, 2, 3):
            mark = f"{stream[-1]}{n}"
            made.commands.append(Command(f"key {mark}", stream, mark, client=1, at=float(n), spoils=mark == SPOILT))
            made.answers.append((f"key {mark}", f"position {n}", float(n)))
            made.asking.said.setdefault(stream, []).append(Effect(mark))
            _told(made, "asking", made.asking, Told(stream, n, f"said {mark}", mark), f"command {mark}")
            made.asking.heard.setdefault(stream, []).append(Effect(f"said {mark}"))
            if mark != NOT_DUE_YET:
                made.asking.heard[stream].append(Effect(f"due {mark}"))
            if mark in ("b2", "b3"):
                made.echo.parked.append(f"said {mark}")
                continue
            made.echo.heard.setdefault(stream, []).append(Effect(f"said {mark}"))
            _told(made, "echo", made.echo, Told(stream, n, f"answered {mark}", mark), f"said {mark}")
            made.asking.heard[stream].append(Effect(f"answered {mark}"))
    _follow_up(made, A, ("a1", "a2", "a3"))
    _follow_up(made, B, ("b1", "b2"))
    made.asking.timers = [NOT_DUE_YET]
    for kept in (made.asking, made.echo):
        kept.moves = [Move("t", 0, 0, 4), Move("t", 0, 4, 9)]
    return made


def _follow_up(made: History, stream: str, marks: tuple[str, ...]) -> None:
    for n, mark in enumerate(marks, 4):
        event = Told(stream, n, f"followed {mark}", mark, followed=True)
        _told(made, "asking", made.asking, event, f"timer {mark}")
        made.asking.heard[stream].append(Effect(f"followed {mark}"))


def _told(made: History, source: str, kept: Kept, told: Told, cause: str) -> None:
    kept.told.append(told)
    partition, offset = (0 if told.stream == A else 1), len(made.records)
    made.records.append(Record(partition, offset, source, told.stream, told.sequence, told.id, cause))


def _swap(found: list[Effect], one: int, other: int) -> None:
    found[one], found[other] = found[other], found[one]


def _without(found: list[Effect], entry: str) -> None:
    found.remove(Effect(entry))


def _swap_records(made: History, one: str, other: str) -> None:
    at = {record.id: n for n, record in enumerate(made.records)}
    first, second = made.records[at[one]], made.records[at[other]]
    made.records[at[one]] = replace(first, offset=second.offset)
    made.records[at[other]] = replace(second, offset=first.offset)


def _drop_record(made: History, id_: str) -> None:
    made.records = [record for record in made.records if record.id != id_]


def _renumber(made: History) -> None:
    last = made.asking.told[-1]
    made.asking.told[-1] = replace(last, sequence=last.sequence + 1)


FORGED: dict[str, tuple[Kind, Forge]] = {
    "an answered command without effect": (Kind.LOST, lambda h: h.asking.said[A].pop()),
    "an effect that was not told": (Kind.LOST, lambda h: h.asking.told.pop(0)),
    "an event that never reached the topic": (Kind.LOST, lambda h: _drop_record(h, "answered a3")),
    "an event that the second service missed": (Kind.LOST, lambda h: h.echo.heard[A].pop(1)),
    "an answer that the first service missed": (Kind.LOST, lambda h: _without(h.asking.heard[A], "answered a3")),
    "a spoilt event that is nowhere": (Kind.LOST, lambda h: h.echo.parked.pop()),
    "a good event in custody": (Kind.LOST, lambda h: h.echo.parked.append("said a1")),
    "anything in custody of the first service": (Kind.LOST, lambda h: h.asking.parked.append("answered a1")),
    "a command with two effects": (Kind.DUPLICATED, lambda h: h.asking.said[A].append(Effect("a1"))),
    "a command with two answers": (Kind.DUPLICATED, lambda h: h.answers.append(("key a1", "position 9", 9.0))),
    "an effect told twice": (Kind.DUPLICATED, lambda h: h.echo.told.append(Told(A, 4, "other", "a1"))),
    "an event with two effects": (Kind.DUPLICATED, lambda h: h.echo.heard[A].append(Effect("said a1"))),
    "an event in custody twice": (Kind.DUPLICATED, lambda h: h.echo.parked.append("said b2")),
    "two events with one sequence": (
        Kind.DUPLICATED,
        lambda h: h.records.append(Record(0, 99, "asking", A, 1, "another", "command a1")),
    ),
    "commands of a client in another order": (Kind.OUT_OF_ORDER, lambda h: _swap(h.asking.said[A], 0, 1)),
    "events heard in another order": (Kind.OUT_OF_ORDER, lambda h: _swap(h.echo.heard[A], 0, 1)),
    "answers heard in another order": (Kind.OUT_OF_ORDER, lambda h: _swap(h.asking.heard[A], 2, 5)),
    "events published in another order": (Kind.OUT_OF_ORDER, lambda h: _swap_records(h, "said a1", "said a2")),
    "a patient in two partitions": (
        Kind.OUT_OF_ORDER,
        lambda h: h.records.append(replace(h.records[0], partition=5)),
    ),
    "an answer heard before its question": (Kind.BEFORE_CAUSE, lambda h: _swap(h.asking.heard[A], 0, 2)),
    "an answer published before its question": (
        Kind.BEFORE_CAUSE,
        lambda h: _swap_records(h, "said a1", "answered a1"),
    ),
    "a timer that was never due": (Kind.LOST, lambda h: h.asking.timers.pop()),
    "a timer that was due twice": (Kind.DUPLICATED, lambda h: h.asking.heard[A].append(Effect("due a1"))),
    "a timer that was due and waits yet": (Kind.DUPLICATED, lambda h: h.asking.timers.append("a1")),
    "a timer of no command": (Kind.GHOST, lambda h: h.asking.timers.append("nobody's")),
    "a due timer that was not told": (Kind.LOST, lambda h: h.asking.told.pop()),
    "a due timer told twice": (
        Kind.DUPLICATED,
        lambda h: h.asking.told.append(replace(h.asking.told[-1], id="other", sequence=6)),
    ),
    "a follow-up that the first service missed": (
        Kind.LOST,
        lambda h: _without(h.asking.heard[A], "followed a1"),
    ),
    "a follow-up heard before its question": (Kind.BEFORE_CAUSE, lambda h: _swap(h.asking.heard[A], 0, -3)),
    "anything in custody though all was mended": (Kind.LOST, lambda h: setattr(h, "mended", True)),
    "an effect of no command": (Kind.GHOST, lambda h: h.asking.said[A].append(Effect("nobody's"))),
    "an effect of no event": (Kind.GHOST, lambda h: h.echo.heard[A].append(Effect("said nobody's"))),
    "a record that nobody told": (
        Kind.GHOST,
        lambda h: h.records.append(Record(0, 99, "asking", A, 4, "nobody's", "")),
    ),
    "a sequence left out in the outbox": (Kind.GAP, _renumber),
    "a sequence left out on the topic": (Kind.GAP, lambda h: _drop_record(h, "said a2")),
    "an offset that went back": (Kind.OFFSET_BACK, lambda h: h.echo.moves.append(Move("t", 0, 9, 4))),
    "a patient's name in a log": (Kind.SHOWN, lambda h: h.shown.update(log=b"... canary Jane ...")),
}


def test_a_history_in_which_all_went_well_has_no_violation() -> None:
    assert check(honest()) == []


@pytest.mark.parametrize("forgery", FORGED)
def test_a_planted_violation_is_found(forgery: str) -> None:
    kind, forge = FORGED[forgery]
    forged = honest()
    forge(forged)
    assert kind in {violation.kind for violation in check(forged)}


def test_an_unanswered_command_may_have_an_effect_or_none() -> None:
    made = honest()
    made.answers = [answer for answer in made.answers if answer[0] != "key a3"]
    made.commands.append(Command("key a4", A, "a4", client=1, at=4.0))
    assert check(made) == []


def test_the_same_event_published_again_is_no_violation() -> None:
    made = honest()
    made.records += [replace(record, offset=record.offset + 100) for record in made.records]
    assert check(made) == []


def test_a_log_that_lost_its_end_may_have_another_order_but_no_reader_may() -> None:
    made = honest()
    made.losses = {0}
    _swap_records(made, "said a1", "answered a1")
    assert check(made) == []
    _swap(made.asking.heard[A], 0, 2)
    assert {violation.kind for violation in check(made)} == {Kind.BEFORE_CAUSE}


def test_an_offset_may_go_back_once_where_a_repair_was_recorded() -> None:
    made = honest()
    back = Move("t", 0, 9, 0)
    made.echo.moves.append(back)
    made.echo.repairs.append(back)
    assert check(made) == []
    made.echo.moves.append(back)
    assert [violation.kind for violation in check(made)] == [Kind.OFFSET_BACK]


@pytest.mark.parametrize("module", [checker, history])
def test_the_checker_shares_no_code_with_the_kit(module: object) -> None:
    source = Path(str(module.__dict__["__file__"])).read_text()
    imports = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {getattr(node, "module", None) or node.names[0].name for node in imports}
    assert not {name for name in names if name.startswith(("carebus", "services", "deploy"))}
