"""The roster as a page: who can be assigned, and the form by which a clinician joins."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from carebus.access import CLINICAL
from carebus.contracts.people import Role
from carebus.errors import CarebusError
from carebus.storage import accounts
from carebus.web import Form, LimitedRoute, act_forms
from carebus.web.http import Parts, PartsOf, asked_by, caller_of
from carebus.web.links import at
from services.care_plan.access import ACCESS
from services.care_plan.api import words
from services.care_plan.api.team.commands import perform_join
from services.care_plan.domain.team import stated
from services.care_plan.domain.team.joining import JoinRoster, TakeLeave
from services.care_plan.store import team

router = APIRouter(default_response_class=HTMLResponse, route_class=LimitedRoute)

LABELS = {
    "name": "Name",
    "role": "Profession",
    "capacity": "Patients at most",
    "account": "Signs in as",
    "licences": "Licensed in",
    "languages": "Languages",
    "skills": "Skills",
    "area": "Sets out from",
    "area.postal_code": "Postal code of where they set out",
    "holidays": "Holidays kept",
}
LISTS = ("licences", "languages", "skills")
HOW_TO_WRITE = {
    "licences": "Write each state by its two letters, such as MA, with its last day after it if there is one.",
    "languages": "Write each language by its code, such as en or es.",
    "skills": "Write each skill as one word, such as wound_care.",
}


@router.get("/roster")
async def roster(request: Request, parts: PartsOf) -> Response:
    return await _page(request, parts, act_forms.blank(LABELS, capacity="25", languages="en"))


@router.post("/roster")
async def join(request: Request, parts: PartsOf) -> Response:
    sent = await request.form()
    form = Form.typed(sent, LABELS)
    typed = act_forms.body(sent)
    for name in LISTS:  # one line with commas between
        typed[name] = parts_of(typed.get(name, ""))
    typed["licences"] = [licence_of(each) for each in typed["licences"]]
    try:
        await perform_join(parts, JoinRoster.model_validate(typed), asked_by(request, act_forms.key_of(sent)))
    except ValidationError as why:
        return await _page(request, parts, at_its_field(form.refused(why)), HTTPStatus.UNPROCESSABLE_ENTITY)
    except CarebusError as why:
        return await _page(request, parts, act_forms.refused(form, why), why.status)
    return RedirectResponse(at(request, "/roster"), HTTPStatus.SEE_OTHER)


def at_its_field(form: Form) -> Form:
    """A list on one line has one error, which says how to write the whole line; a leave's order is its last day's."""
    errors: dict[str, str] = {}
    for name, sentence in form.errors.items():
        first = name.partition(".")[0]
        where = first if first in LISTS else name or ("last_day" if "last_day" in form.labels else "")
        errors.setdefault(where, HOW_TO_WRITE[first] if name.startswith(f"{first}.") and first in LISTS else sentence)
    return form.refused(errors)


def parts_of(line: object) -> list[str]:
    """What stands on one line with commas between."""
    return [part.strip() for part in str(line).split(",") if part.strip()]


def licence_of(text: str) -> dict[str, str]:
    """A state, and if it ends the last day of the licence: `NY`, or `NY 2027-06-30`."""
    state, _, until = text.partition(" ")
    return {"state": state, **({"until": until.strip()} if until.strip() else {})}


async def _page(request: Request, parts: Parts, form: Form, status: int = HTTPStatus.OK) -> Response:
    async with parts.database.connection() as db:
        people = await team.clinicians(db)
        known = await accounts.with_role(db, CLINICAL)
    today = parts.clock.now().date()
    here = [one for one in people if one.clinician.is_employed(today)]
    return parts.pages.render(
        request,
        "roster.html",
        status,
        form=form,
        by_role={role: [one for one in here if one.clinician.role is role] for role in Role},
        today=today,
        accounts=[("", "Nobody yet"), *((str(one.account), one.name) for one in known)],
        most=stated.LARGEST_CAPACITY,
        may_add=ACCESS.of_command(JoinRoster).admits(caller_of(request)),
        may_open=ACCESS.of_command(TakeLeave).admits(caller_of(request)),
        words=words,
    )
