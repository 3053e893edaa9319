"""A service that only counts, to be rebuilt from the first event: state and marks, and nothing told."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter

from bench.kit import Seen
from carebus.access import Access
from carebus.contracts.care_plan import VisitCompleted
from carebus.decisions import Cause, Decision, Handlers, changed, on
from carebus.service import Look, Service
from carebus.settings import Settings
from carebus.storage.states import Documents, tables


def count_visit(seen: Seen, visit: VisitCompleted, _: Cause) -> Decision:
    """Count the visit, keep the worst pain."""
    esas = visit.assessments.esas_r
    return changed(Seen(visits=seen.visits + 1, worst=max(seen.worst, (esas.pain if esas else None) or 0)))


HANDLERS: Handlers = {VisitCompleted: on(Seen, count_visit)}


def service() -> Service:
    """The service, from its environment."""
    return Service(
        "projection",
        states=tables(Documents("seen", Seen)),
        handlers=HANDLERS,
        router=APIRouter(),
        look=Look("Projection", Path(__file__).parent),
        settings=Settings(),
        access=Access(),
    )


if __name__ == "__main__":
    service().run()
