"""`carebus reconcile`: a service's outbox against the topics, and the topics against its marks."""

import argparse
import asyncio
import dataclasses
import os

from carebus.cli import asking
from carebus.cli.asking import Commands, answer, table
from carebus.kafka import topics
from carebus.operating.services import brokers, database_of, say
from carebus.relaying.reconciling import Report, reconcile
from carebus.relaying.republishing import republish
from carebus.storage import operator_acts

_WORDS = {
    "missing": "told and published, but not on the topic (--republish puts them back)",
    "differing": "on the topic with another id or body than in the outbox",
    "unknown": "on the topic in this service's name, beyond what its database knows",
    "marks_behind": "read, but not marked as handled or parked",
    "marks_beyond": "marked as handled, but not on the topic",
    "holes": "holes: records deleted before this service had read them (carebus holes)",
}
_SHOWN = 20


def add(commands: Commands) -> None:
    """Add this command."""
    one = asking.command(
        commands,
        "reconcile",
        "a service's outbox against the topics, and the topics against its marks",
        "Counts and digests of both sides; where they differ, which events. Exit code 0 if nothing differs. What is"
        " pending, or told while it reads, is no difference. The service may run meanwhile.",
        "carebus reconcile care_plan",
        "carebus reconcile care_plan --republish --because 'a broker lost its disk'",
        parents=[asking.shared()],
    )
    asking.one_service(one)
    one.add_argument(
        "--republish", action="store_true", help="put missing events on the topic again, in order; recorded"
    )
    asking.acting(one)
    one.set_defaults(run=_reconcile)


def _reconcile(asked: argparse.Namespace) -> int:
    report, again = asyncio.run(_reconciled(asked))
    lines = [*_sides(asked.source or asked.service, report), *([f"published again: {again}"] if again else [])]
    for name, words in _WORDS.items():
        of = getattr(report, name)
        if of:
            lines += [f"{len(of)} {words}:", *(f"  {' '.join(map(str, one))}" for one in of[:_SHOWN])]
            lines += [f"  and {len(of) - _SHOWN} more"] if len(of) > _SHOWN else []
    told = dataclasses.asdict(report) | {"differences": report.differences, "published_again": again}
    answer(asked, told, [*lines, f"difference {report.differences}"])
    return 1 if report.differences else 0


def _sides(name: str, report: Report) -> list[str]:
    """Both sides of each comparison, a line each: the same count and digest on both is no difference."""
    rows = [
        (f"told by {name}", "its outbox", report.outbox_events, report.outbox_digest),
        ("", "the topics", report.topic_count, report.topic_digest),
    ]
    for source, heard in sorted(report.heard.items()):
        rows += [
            (f"heard from {source}", "the topics, as read", heard.read, heard.read_digest),
            ("", "its marks", heard.marked, heard.marked_digest),
        ]
    lines = table(("WHAT", "WHERE", "EVENTS", "DIGEST"), rows, last_may_stick_out=True)
    return [*lines, f"repeats left out: {report.repeats}", ""]


async def _reconciled(asked: argparse.Namespace) -> tuple[Report, int]:
    source, prefix = asked.source or asked.service.rpartition(".")[2], os.environ.get("CAREBUS_TOPIC_PREFIX", "")
    where = (brokers(), topics.names(prefix))
    async with database_of(asked.service) as db:
        report, again = await reconcile(db, source, *where, say), 0
        if asked.republish and report.missing:
            act = await operator_acts.begin_act(db, asked.actor, "republish", [source], asked.because)
            again = len(report.missing)
            await republish(db, where[0], prefix, [one[0] for one in report.missing], say)
            await operator_acts.end_act(db, act, again)
            report = await reconcile(db, source, *where, say)
        return report, again
