"""HTTP in: commands and queries as JSON under /api, pages elsewhere."""

from fastapi import APIRouter

from services.care_plan.api import fhir
from services.care_plan.api.bereavement import commands as bereavement_commands
from services.care_plan.api.bereavement import lists as bereavement_lists
from services.care_plan.api.bereavement import pages as bereavement_pages
from services.care_plan.api.calendars import feed as calendar_feed
from services.care_plan.api.calendars import pages as calendar_pages
from services.care_plan.api.day import pages as day_pages
from services.care_plan.api.episode import caseload, emergency, patient, queries
from services.care_plan.api.episode import commands as care_commands
from services.care_plan.api.hospice import commands as hospice_commands
from services.care_plan.api.hospice import lists as hospice_lists
from services.care_plan.api.hospice import pages as hospice_pages
from services.care_plan.api.hospice import private as hospice_private
from services.care_plan.api.medicines import commands as medicine_commands
from services.care_plan.api.medicines import pages as medicine_pages
from services.care_plan.api.plan import commands as plan_commands
from services.care_plan.api.plan import pages as plan_pages
from services.care_plan.api.plan import versions as plan_versions
from services.care_plan.api.summaries import commands as summary_commands
from services.care_plan.api.summaries import pages as summary_pages
from services.care_plan.api.summaries import private as summary_private
from services.care_plan.api.team import clinician, proposals
from services.care_plan.api.team import commands as team_commands
from services.care_plan.api.team import pages as team_pages
from services.care_plan.api.visits import commands as visit_commands
from services.care_plan.api.visits import pages as visit_pages

router = APIRouter()
for part in (
    fhir,
    calendar_feed,
    calendar_pages,
    day_pages,
    summary_commands,
    summary_pages,
    summary_private,
    visit_commands,
    care_commands,
    team_commands,
    queries,
    emergency,
    caseload,
    patient,
    visit_pages,
    team_pages,
    clinician,
    proposals,
    plan_commands,
    plan_versions,
    plan_pages,
    medicine_commands,
    medicine_pages,
    hospice_commands,
    hospice_lists,
    hospice_private,
    hospice_pages,
    bereavement_commands,
    bereavement_lists,
    bereavement_pages,
):
    router.include_router(part.router)

__all__ = ["router"]
