"""The lane of this kit: a whole service with a typed decision per event, its relay in a process of its own."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter

from carebus.access import Access
from carebus.contracts.care_plan import VisitCompleted
from carebus.contracts.notifications import NotificationSuppressed, SuppressedReason, Topic
from carebus.decisions import Cause, Decision, Handlers, State, changed, on
from carebus.service import Look, Service
from carebus.settings import Settings
from carebus.storage.states import Documents, tables


class Seen(State):
    """What is known of one patient's visits."""

    visits: int = 0
    worst: int = 0


def note_visit(seen: Seen, visit: VisitCompleted, _: Cause) -> Decision:
    """Count the visit, keep the worst pain, tell something."""
    esas = visit.assessments.esas_r
    worst = max(seen.worst, (esas.pain if esas else None) or 0)
    told = NotificationSuppressed(topic=Topic.VISIT_DONE, reason=SuppressedReason.NO_CONTACT)
    return changed(Seen(visits=seen.visits + 1, worst=worst)).tells(told)


HANDLERS: Handlers = {VisitCompleted: on(Seen, note_visit)}


def service() -> Service:
    """The service under measurement, from its environment."""
    return Service(
        "notifications",  # whose events it tells
        states=tables(Documents("seen", Seen)),
        handlers=HANDLERS,
        router=APIRouter(),
        look=Look("Bench", Path(__file__).parent),
        settings=Settings(),
        access=Access(),
    )


if __name__ == "__main__":
    service().run()
