"""The kinds of poison: what is wrong with a record, and what the decision records say becomes of it and of the next."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from tests.faults.stranger import NOBODY, Letter

HANDLED = "handled"
PASSED = "passed over"
REFUSED = {
    "0bad0001": "22P05",
    "0bad0002": "23505",
    "0bad0003": "54000",
    "0bad0004": "22003",
}
"""Marks that begin so are refused by a trigger in the database, with this SQLSTATE."""
CHECKED, LATE = "0bad0005", "0bad0006"
"""Marks that begin so break a check of the table, or one that is looked at when the transaction commits."""

REFUSING = (
    """
create function refuse() returns trigger language plpgsql as $$
declare states jsonb := '{states}';
begin
    if states ? split_part(substr(new.entry, 6), '-', 1) then
        raise exception using errcode = states ->> split_part(substr(new.entry, 6), '-', 1);
    end if;
    return new;
end $$;
create trigger refuse before insert on effect for each row execute function refuse();
alter table effect add constraint no_such check (entry not like 'said {checked}%');
create function refuse_late() returns trigger language plpgsql as $$
begin raise exception using errcode = '23514'; end $$;
create constraint trigger refuse_late after insert on effect deferrable initially deferred for each row
when (new.entry like 'said {late}%') execute function refuse_late();
""".replace("{states}", json.dumps(REFUSED))
    .replace("{checked}", CHECKED)
    .replace("{late}", LATE)
)

ALLOWING = """
drop trigger refuse on effect;
drop trigger refuse_late on effect;
alter table effect drop constraint no_such;
"""

Spoil = Callable[[Letter], Letter]


@dataclass(frozen=True)
class Kind:
    """One kind of poison: what is done to a good letter, and what is to become of it and of its patient's next.

    `extra`: it does not stand in the place of a good event, so the next one has its sequence.
    """

    name: str
    spoil: Spoil
    becomes: str
    next: str = HANDLED
    extra: bool = False
    mark: str = ""
    here_only: bool = False  # only a service that decides and saves as `echo` does cannot handle it


def _bodies() -> list[Kind]:
    def body(name: str, made: bytes | Callable[[bytes], bytes] | None) -> Kind:
        def spoil(one: Letter) -> Letter:
            assert one.body is not None
            return replace(one, body=made(one.body) if callable(made) else made)

        return Kind(name, spoil, "invalid_body", "behind")

    def field(name: str, **values: Any) -> Kind:
        return Kind(name, lambda one: one.saying(**values), "invalid_body", "behind")

    return [
        body("no JSON", b"{not json"),
        body("JSON cut off", lambda good: good[: len(good) // 2]),
        body("an empty body", b""),
        body("no body (tombstone)", None),
        body("null", b"null"),
        body("a number", b"7"),
        body("a list of events", lambda good: b"[" + good + b"," + good + b"]"),
        body("bytes that are no text", b"\xff\xfe\x00\x01"),
        body("UTF-16", lambda good: good.decode().encode("utf-16")),
        body("packed with gzip", gzip.compress),
        body("a byte order mark", lambda good: b"\xef\xbb\xbf" + good),
        body("two documents", lambda good: good + b"\n" + good),
        body("NaN", lambda good: good.replace(b'"other"', b"NaN")),
        body("Infinity", lambda good: good.replace(b'"other"', b"-Infinity")),
        body("a lone surrogate", lambda good: good.replace(b"was here", b"\\ud800")),
        body("a hundred thousand brackets", b"[" * 100_000),
        body("nested a thousand times", lambda good: good[:-1] + b', "x": ' + b'{"x":' * 1000 + b"1" + b"}" * 1001),
        body("a value missing", lambda good: good.replace(b'"reason": "other", ', b"")),
        field("a number for an id", referral_id=7),
        field("no UUID", referral_id="0bad"),
        field("a reason that is none", reason="because"),
        field("a time that never was", declined_at="2026-02-30T25:61:00Z"),
        field("a time out of range", declined_at=10**30),
        field("an object for a text", reason_text={"name": {"first": "x"}}),
        field("null for a time", declined_at=None),
    ]


def _headers() -> list[Kind]:
    def wrong(name: str, **values: bytes | None) -> Kind:
        return Kind(name, lambda one: one.headed(**values), "malformed", "gap")

    required = ("specversion", "id", "source", "type", "subject", "time", "sequence", "correlationid", "causationid")
    without = [
        Kind(f"without ce_{name}", lambda one, name=name: one.without(f"ce_{name}"), "malformed", "gap")  # type: ignore[misc]
        for name in required
    ]
    return [
        *without,
        Kind("no headers at all", lambda one: replace(one, headers=()), "malformed", "gap"),
        wrong("a header that is null", ce_id=None),
        wrong("a header that is no text", ce_type=b"\xff\x00\xfe"),
        wrong("an id that is no UUID", ce_id=b"Robert'); drop table mark;--"),
        wrong("sequence 0", ce_sequence=b"0"),
        wrong("a negative sequence", ce_sequence=b"-2"),
        wrong("a sequence in words", ce_sequence=b"two"),
        wrong("a sequence of twenty digits", ce_sequence=b"9" * 20),
        wrong("a sequence in other digits", ce_sequence="２".encode()),
        wrong("a version from the future", ce_specversion=b"2.0"),
        wrong("a time without an offset", ce_time=b"2026-01-01T00:00:00"),
        wrong("a time that is none", ce_time=b"yesterday"),
        wrong("a subject without an id", ce_subject=b"patient/"),
        wrong("a subject with NUL", ce_subject=b"patient/\x00"),
        wrong("a subject of 5000 characters", ce_subject=b"patient/" + b"x" * 5000),
        wrong("a source with SQL in it", ce_source=b"asking'; drop table mark; --"),
        wrong("an actor of 2000 characters", ce_actor=b"x" * 2000),
        wrong("a cause without a sequence", ce_follows=b"asking"),
    ]


def _places() -> list[Kind]:
    def at(sequence: bytes) -> Spoil:
        return lambda one: one.headed(ce_sequence=sequence)

    def says(source: str) -> Spoil:
        return lambda one: one.headed(ce_source=source.encode())

    twice = (("ce_id", b"first"), ("ce_sequence", b"77"))
    return [
        Kind("a sequence far ahead", at(b"99"), "gap", extra=True),
        Kind("the highest sequence", at(b"9" * 18), "gap", extra=True),
        Kind(
            "a source that never spoke before", lambda one: one.headed(ce_source=NOBODY.encode()), "gap", "behind", True
        ),
        Kind("a source that tells nothing", says("stranger"), "malformed", HANDLED, True),
        Kind(
            "a sequence again, with other words",
            lambda one: replace(at(b"1")(one), body=b"{"),
            "forked",
            "behind",
            True,
        ),
        Kind("a type from the future", lambda one: one.headed(ce_type=b"org.carebus.FromTheFuture"), PASSED),
        Kind("no JSON of a type not heard", _unheard, PASSED),
        Kind("headers twice, the last is right", lambda one: replace(one, headers=twice + one.headers), HANDLED),
        Kind("no key", lambda one: replace(one, key=None), HANDLED),
        Kind("a key that is no text", lambda one: replace(one, key=b"\xff" * 900), HANDLED),
        Kind("the key of somebody else", lambda one: replace(one, key=str(UUID(int=9)).encode()), HANDLED),
        Kind("in another partition", lambda one: replace(one, aside=True), HANDLED),
    ]


def _unheard(one: Letter) -> Letter:
    return replace(one.headed(ce_type=b"org.carebus.CareTeamAssignmentDelayed"), body=b"{")


def _odd_but_good() -> list[Kind]:
    def odd(name: str, spoil: Spoil) -> Kind:
        return Kind(name, spoil, HANDLED)

    long = "x" * 870_000
    return [
        odd("a text of 870 kB", lambda one: one.saying(reason_text=long)),
        odd("fields that nobody knows", lambda one: one.saying(more={"deep": [[[{"x": [1, None]}]]]}, also=None)),
        odd("SQL in a text", lambda one: one.saying(reason_text="'); drop table mark; --")),
        odd("NUL in a text that nobody keeps", lambda one: one.saying(reason_text="a\x00b")),
        odd("foreign headers, null or no text", lambda one: one.headed(x=None, traceparent=b"\xff", y=b"\x00")),
        odd("a header of 300 kB", lambda one: one.headed(baggage=b"x" * 300_000)),
        odd("a batch packed with Snappy", lambda one: replace(one, packed=True)),
    ]


def _handling() -> list[Kind]:
    def refused(name: str, mark: str) -> Kind:
        return Kind(name, lambda one: one, "database_refused", "behind", mark=mark, here_only=True)

    fails = Kind(
        "a decision that fails",
        lambda one: one.saying(reason="deceased"),
        "decision_failed",
        "behind",
        here_only=True,
    )
    return [
        fails,
        *(refused(f"a row refused with {state}", mark) for mark, state in REFUSED.items()),
        refused("a row that breaks a check", CHECKED),
        refused("a row refused at commit", LATE),
    ]


KINDS: tuple[Kind, ...] = (*_bodies(), *_headers(), *_places(), *_odd_but_good(), *_handling())
