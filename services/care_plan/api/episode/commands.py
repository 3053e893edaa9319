"""The commands about somebody's care as a whole, as JSON: it ends, or waits because a death was reported."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from carebus.decisions import on
from carebus.web import LimitedRoute
from carebus.web.http import AskedOf, PartsOf
from services.care_plan.api import acts
from services.care_plan.api.acts import Act, act
from services.care_plan.api.bereavement.commands import CONFIRM_DEATH
from services.care_plan.domain.care import Care
from services.care_plan.domain.episode import ending, holding
from services.care_plan.domain.episode.ending import EndEpisode
from services.care_plan.domain.episode.holding import ConfirmDeath, DismissDeath, ReportDeath
from services.care_plan.domain.symptoms import safety
from services.care_plan.domain.symptoms.safety import CloseSafetyTask
from services.care_plan.domain.team import arranging, staffing
from services.care_plan.domain.team.arranging import ArrangeTeam
from services.care_plan.domain.team.staffing import ChangeTeam

router = APIRouter(prefix="/api", route_class=LimitedRoute)

ACTS: dict[str, Act] = {
    "end": act(EndEpisode, on(Care, ending.end_episode)),
    "report-death": act(ReportDeath, on(Care, holding.report_death)),
    "confirm-death": act(ConfirmDeath, CONFIRM_DEATH),
    "dismiss-death": act(DismissDeath, on(Care, holding.dismiss_death)),
    "close-safety-task": act(CloseSafetyTask, on(Care, safety.close_safety_task)),
    "arrange-team": act(ArrangeTeam, on(Care, arranging.arrange_team)),
    "change-team": act(ChangeTeam, on(Care, staffing.change_team)),
}
"""What is done with somebody's care, by the last part of its address."""


def _route_of(name: str, one: Act) -> None:
    async def route(patient_id: UUID, body: BaseModel, parts: PartsOf, asked: AskedOf) -> JSONResponse:
        answer = await acts.perform(parts, one, patient_id, body.model_dump(), asked)
        return JSONResponse(answer.body, answer.status)

    route.__annotations__["body"] = one.body
    router.post(f"/patients/{{patient_id}}/{name}", name=name, summary=one.command.__doc__)(route)


for _name, _one in ACTS.items():
    _route_of(_name, _one)
