"""The door of calendars: whoever holds a private link gets hours, and everybody else the same answer."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import Response

from carebus.errors import CarebusError
from carebus.web import LimitedRoute
from carebus.web.http import Parts, PartsOf, saw
from services.care_plan.channels.calendars.feeds import AHEAD, PAST, feed
from services.care_plan.channels.calendars.links import digest_of
from services.care_plan.store import calendars, team
from services.care_plan.store.calendars import Kind, Opened

router = APIRouter(route_class=LimitedRoute)

HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow", "Referrer-Policy": "no-referrer"}


class CalendarUnknown(CarebusError):
    """This link opens no calendar: it is mistyped, or was revoked."""

    status = HTTPStatus.NOT_FOUND


@router.get("/calendar/{token}.ics", include_in_schema=False)
async def calendar(request: Request, token: str, parts: PartsOf) -> Response:
    """The calendar as it stands. Raises CalendarUnknown, the same for whatever it is that there is not."""
    now = parts.clock.now()
    opened = await _opened(parts, token)
    async with parts.database.connection() as db:
        visits = await calendars.listed(db, opened, now - PAST, now + AHEAD)
    saw(request, {visit.patient_id for visit in visits})
    return Response(feed(opened.kind, visits, now), media_type="text/calendar", headers=HEADERS)


async def _opened(parts: Parts, token: str) -> Opened:
    now = parts.clock.now()
    async with parts.database.transaction() as db:
        opened = await calendars.opened(db, digest_of(token), now)
        if opened is None:
            raise CalendarUnknown
        if opened.kind is Kind.STAFF:
            clinician = await team.clinician_of(db, opened.subject_id)
            if clinician is None or not clinician.is_employed(now.date()):
                raise CalendarUnknown
    return opened
