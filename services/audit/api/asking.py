"""What is asked of the rows: the search's parameters, and where its next page begins."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from carebus.contracts.audit import AuditKind
from carebus.errors import CarebusError
from carebus.web.http import Parts, saw
from services.audit import store
from services.audit.domain import KeptRow
from services.audit.settings import MOST, PAGE
from services.audit.store import Place, Wanted

LONGEST = 200
"""Of an account or words in a reason, in characters."""


class PlaceUnreadable(CarebusError):
    """Go on with the address that the page before gave."""

    status = 422
    field = "after"


class Search(BaseModel):
    """Whom, who, when, why and what. Ids are opaque, so they may stand in an address; names are nowhere."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    patient: UUID | None = None
    who: Annotated[str | None, Field(max_length=LONGEST)] = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    kind: AuditKind | None = None
    reason: Annotated[str | None, Field(max_length=LONGEST)] = None
    emergency: bool = False
    after: Annotated[str | None, Field(max_length=LONGEST)] = None
    limit: Annotated[int, Field(ge=1, le=MOST)] = PAGE

    @property
    def wanted(self) -> Wanted:
        """As the store finds it."""
        kinds = (self.kind,) if self.kind else ()
        return Wanted(self.patient, self.who, self.since, self.until, kinds, self.reason, self.emergency)


SearchOf = Annotated[Search, Query()]


async def found(
    request: Request, parts: Parts, wanted: Wanted, after: str | None, limit: int
) -> tuple[list[KeptRow], str | None]:
    """The rows that are wanted, and where the next page begins. That these patients were seen is written down."""
    async with parts.database.connection() as db:
        rows, place = await store.rows(db, wanted, place_in(after), limit)
    note(request, rows)
    return rows, name_of(place)


def note(request: Request, rows: Sequence[KeptRow]) -> None:
    """Whoever sees rows sees whom they are about."""
    saw(request, [patient for one in rows for patient in one.row.patients])


def place_in(text: str | None) -> Place | None:
    """Where a page begins. Raises PlaceUnreadable."""
    if not text:
        return None
    at, _, row_id = text.rpartition("_")
    try:
        place = Place(datetime.fromisoformat(at), UUID(row_id))
    except ValueError:
        raise PlaceUnreadable from None
    if place.at.tzinfo is None:
        raise PlaceUnreadable
    return place


def name_of(place: Place | None) -> str | None:
    """The same as the address of a page has it."""
    return f"{place.at.isoformat()}_{place.id}" if place else None


def following(request: Request, after: str | None) -> str | None:
    """The address of the next page, as seen from this one: below whatever prefix that is."""
    return f"?{urlencode({**request.query_params, 'after': after})}" if after else None


def told(kept: KeptRow) -> dict[str, Any]:
    """A row as programs are told it."""
    place = {"service": kept.service, "batch": kept.batch, "number": kept.number}
    return {**kept.row.model_dump(mode="json"), **place}
