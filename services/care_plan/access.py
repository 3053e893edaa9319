"""Who may do and see what in care planning, and who is on whose panel."""

from pydantic import BaseModel

from carebus.access import Access, AccountRole, Relation, Rule, anyone, clinicians, holder_of, holding, roles
from carebus.access.panels import panels_of
from services.care_plan.domain.bereavement.beginning import RecordDeathInHospice, WithdrawBereavement
from services.care_plan.domain.bereavement.contacting import (
    AddBereaved,
    ChangeBereaved,
    RecordContact,
    StopBereavement,
    TakeOutBereaved,
    WithdrawContact,
    WithdrawLetter,
    WriteLetter,
)
from services.care_plan.domain.care import PatientUnknown, VisitUnknown
from services.care_plan.domain.episode.ending import EndEpisode
from services.care_plan.domain.episode.holding import ConfirmDeath, DismissDeath, ReportDeath
from services.care_plan.domain.hospice.asked import (
    AcknowledgePackage,
    CorrectElection,
    RecordDecline,
    RecordDischarge,
    RecordDiscussion,
    RecordElection,
    RecordNotice,
    RecordReceipt,
    RecordRevocation,
    ReferToHospice,
    SendPackage,
    WithdrawEntry,
)
from services.care_plan.domain.hospice.prompting import ConfirmHospicePrompt, DismissHospicePrompt
from services.care_plan.domain.medicines.reconciling import ReconcileMedicines
from services.care_plan.domain.plan.approving import ApprovePlan
from services.care_plan.domain.plan.goals import SetGoalStatus
from services.care_plan.domain.plan.revising import RevisePlan
from services.care_plan.domain.plan.settling import SettlePlanConflict
from services.care_plan.domain.summaries.sharing import AcknowledgeSummary, SendSummary, TakeBackSummary
from services.care_plan.domain.symptoms.safety import CloseSafetyTask
from services.care_plan.domain.team.arranging import ArrangeTeam
from services.care_plan.domain.team.joining import CancelLeave, ChangeClinician, JoinRoster, LeaveRoster, TakeLeave
from services.care_plan.domain.team.staffing import ChangeTeam
from services.care_plan.domain.visits.booking import ScheduleVisit
from services.care_plan.domain.visits.changing import (
    CancelVisit,
    ConfirmVisit,
    ConvertVisit,
    ReportNoShow,
    RescheduleVisit,
)
from services.care_plan.domain.visits.completing import CompleteVisit, StartVisit
from services.care_plan.domain.visits.correcting import CorrectVisit
from services.care_plan.domain.visits.signing import SignVisit

PRIVATE_LINK = "a private link to a visit's summary or a package for a hospice"
BY_LINK = holding(PRIVATE_LINK, "recipient:link")
"""Somebody outside who opened the link of a letter, and knew the date of birth."""

office = roles(AccountRole.COORDINATOR, AccountRole.SUPERVISOR)
supervisor = roles(AccountRole.SUPERVISOR)
panel = clinicians.on(Relation.PANEL)
outside = roles(AccountRole.HEALTH_PLAN).on(Relation.MEMBER) | roles(AccountRole.FAMILY_MEMBER).on(Relation.RELATIVE)
"""They see who comes and when, of their members and relatives, and never what was found (`cares_for`)."""
everybody = office | panel | outside
"""Lists: whoever is not of the office finds their own people only."""
of_patient = everybody.sees("patient_id", PatientUnknown)
panel_of_patient = panel.sees("patient_id", PatientUnknown)
planners_of_patient = (office | panel).sees("patient_id", PatientUnknown)
of_visit = panel.unknown_as(VisitUnknown)
"""Who was there says how it was."""
planners_of_visit = (office | panel).unknown_as(VisitUnknown)
"""When a visit takes place is the office's business as well."""
by_letter = anyone(because="whoever holds the private link of a letter may open it", throttle="links")
by_calendar = anyone(because="a calendar can't sign in: whoever holds the private link reads hours", throttle="links")
approvers = roles(AccountRole.DOCTOR, AccountRole.ADVANCED_PRACTICE_PROVIDER).on(Relation.PANEL)
"""Who stands for a plan."""
whoever_plans = (office | panel).unknown_as(PatientUnknown)
"""What the office hears on the telephone of hospices and families is recorded by it as well."""
_HEARD = (
    RecordDiscussion,
    ReferToHospice,
    RecordDecline,
    RecordElection,
    CorrectElection,
    RecordNotice,
    RecordRevocation,
    RecordDischarge,
    WithdrawEntry,
    SendPackage,
    RecordReceipt,
)
_OF_THE_BEREAVED = (
    RecordDeathInHospice,
    WithdrawBereavement,
    AddBereaved,
    ChangeBereaved,
    StopBereavement,
    TakeOutBereaved,
    RecordContact,
    WithdrawContact,
    WriteLetter,
    WithdrawLetter,
)

COMMANDS_MAY: dict[type[BaseModel], Rule] = {
    JoinRoster: supervisor,
    ChangeClinician: supervisor,
    TakeLeave: office,
    CancelLeave: office,
    LeaveRoster: supervisor,
    ChangeTeam: office.unknown_as(PatientUnknown),
    ArrangeTeam: office.unknown_as(PatientUnknown),
    EndEpisode: (office | panel).unknown_as(PatientUnknown),
    ReportDeath: (office | panel).unknown_as(PatientUnknown),
    ConfirmDeath: (office | panel).unknown_as(PatientUnknown),
    DismissDeath: (office | panel).unknown_as(PatientUnknown),
    ScheduleVisit: (office | panel).unknown_as(PatientUnknown),
    ConfirmVisit: planners_of_visit,
    RescheduleVisit: planners_of_visit,
    ConvertVisit: planners_of_visit,
    CancelVisit: planners_of_visit,
    ReportNoShow: planners_of_visit,
    StartVisit: of_visit,
    CompleteVisit: of_visit,
    SendSummary: planners_of_visit,
    TakeBackSummary: planners_of_visit,
    AcknowledgeSummary: holder_of(PRIVATE_LINK),
    AcknowledgePackage: holder_of(PRIVATE_LINK),
    CorrectVisit: of_visit,
    SignVisit: of_visit,
    CloseSafetyTask: panel.unknown_as(PatientUnknown),
    RevisePlan: panel.unknown_as(PatientUnknown),
    SetGoalStatus: panel.unknown_as(PatientUnknown),
    ApprovePlan: approvers.unknown_as(PatientUnknown),
    SettlePlanConflict: approvers.unknown_as(PatientUnknown),
    ReconcileMedicines: panel.unknown_as(PatientUnknown),
    **dict.fromkeys((ConfirmHospicePrompt, DismissHospicePrompt), panel.unknown_as(PatientUnknown)),
    **dict.fromkeys((*_HEARD, *_OF_THE_BEREAVED), whoever_plans),
}

_PLANNED = ("confirm", "reschedule", "convert", "cancel", "no-show")
_VISITED = ("start", "complete", "correct", "sign")
_OF_CARE = ("visits", "end", "report-death", "confirm-death", "dismiss-death")
_OF_CALENDAR = (
    "GET /patients/{patient_id}/calendar",
    "POST /patients/{patient_id}/calendar",
    "POST /patients/{patient_id}/calendar/revoke",
)
"""A family's calendar is given out by the office, which knows who was consented to."""
_HEARD_OF_HOSPICE = (
    "discuss", "refer", "decline", "elect", "correct-election", "notice", "revoke", "discharge", "withdraw",
    "send-package", "receipt",
)  # fmt: skip
_DONE_IN_BEREAVEMENT = (
    "died-in-hospice", "withdraw", "add", "change", "stop", "take-out", "contact", "withdraw-contact", "letter",
    "withdraw-letter",
)  # fmt: skip
_OF_HOSPICE = {
    "GET /hospice": office | panel,
    "GET /patients/{patient_id}/hospice": planners_of_patient,
    "POST /patients/{patient_id}/hospice/{act}": planners_of_patient,
    **{f"GET /patients/{{patient_id}}/hospice/package{kind}": planners_of_patient for kind in ("", ".pdf")},
    **{f"GET /hospice-package/{{token}}{kind}": by_letter for kind in ("", "/package.pdf")},
    **{f"POST /hospice-package/{{token}}/{act}": by_letter for act in ("open", "close", "received")},
    "GET /api/patients/{patient_id}/hospice": planners_of_patient,
    **{f"POST /api/patients/{{patient_id}}/hospice/{act}": planners_of_patient for act in _HEARD_OF_HOSPICE},
    **{
        f"POST /api/patients/{{patient_id}}/hospice/{act}": panel_of_patient
        for act in ("confirm-prompt", "dismiss-prompt")
    },
}
_OF_BEREAVEMENT = {
    "GET /bereavement": office | panel,
    "GET /patients/{patient_id}/bereavement": planners_of_patient,
    "GET /patients/{patient_id}/bereavement/{person_id}": planners_of_patient,
    "GET /patients/{patient_id}/bereavement/{person_id}/letter": planners_of_patient,
    "POST /patients/{patient_id}/bereavement/{act}": planners_of_patient,
    "GET /api/patients/{patient_id}/bereavement": planners_of_patient,
    **{f"POST /api/patients/{{patient_id}}/bereavement/{act}": planners_of_patient for act in _DONE_IN_BEREAVEMENT},
}

READS_MAY = {
    "GET /": everybody,
    "POST /find": office | panel,
    "GET /patients/{patient_id}": of_patient,
    "GET /patients/{patient_id}/change": planners_of_patient,
    "POST /patients/{patient_id}/{act}": planners_of_patient,
    "GET /visits/{visit_id}": planners_of_visit,
    "POST /visits/{visit_id}": of_visit,
    "GET /visits/{visit_id}/correct": of_visit,
    "POST /visits/{visit_id}/correct": of_visit,
    "GET /visits/{visit_id}/change": planners_of_visit,
    "POST /visits/{visit_id}/{act}": planners_of_visit,
    **{f"GET /visits/{{visit_id}}/summary{kind}": planners_of_visit for kind in ("", ".pdf", ".json")},
    **{f"POST /visits/{{visit_id}}/summary/{act}": planners_of_visit for act in ("send", "take-back")},
    **{f"POST /api/visits/{{visit_id}}/{act}-summary": planners_of_visit for act in ("send", "take-back")},
    **{f"GET /summary/{{token}}{kind}": by_letter for kind in ("", "/summary.pdf")},
    **{f"POST /summary/{{token}}/{act}": by_letter for act in ("open", "close", "received")},
    **dict.fromkeys(("GET /calendar", "POST /calendar", "POST /calendar/revoke"), clinicians),
    "GET /calendar/{token}.ics": by_calendar,
    **{act: office.sees("patient_id", PatientUnknown) for act in _OF_CALENDAR},
    "GET /api/patients/{patient_id}/fhir": planners_of_patient,
    "GET /emergency": clinicians,
    "POST /emergency": clinicians,
    "GET /day": office | panel,
    "GET /roster": office | clinicians,
    "POST /roster": supervisor,
    "GET /roster/{clinician_id}": office,
    "POST /roster/{clinician_id}/{act}": office,
    "GET /api/roster": office | clinicians,
    "POST /api/roster": supervisor,
    "POST /api/roster/{clinician_id}/change": supervisor,
    "POST /api/roster/{clinician_id}/leave": office,
    "POST /api/roster/{clinician_id}/cancel-leave": office,
    "POST /api/roster/{clinician_id}/resign": supervisor,
    "GET /api/visits": everybody,
    **{f"POST /api/visits/{{visit_id}}/{act}": planners_of_visit for act in _PLANNED},
    **{f"POST /api/visits/{{visit_id}}/{act}": of_visit for act in _VISITED},
    "GET /api/patients": everybody,
    "GET /api/patients/{patient_id}": of_patient,
    **{f"POST /api/patients/{{patient_id}}/{act}": planners_of_patient for act in _OF_CARE},
    "POST /api/patients/{patient_id}/close-safety-task": panel_of_patient,
    "GET /proposals": office,
    "POST /proposals": office,
    "POST /proposals/{proposal_id}": office,
    **{f"POST /proposals/{{proposal_id}}/{act}": office for act in ("decline", "ask-again")},
    "GET /api/proposals": office,
    "POST /api/patients/{patient_id}/arrange-team": office.sees("patient_id", PatientUnknown),
    "POST /api/patients/{patient_id}/change-team": office.sees("patient_id", PatientUnknown),
    "GET /patients/{patient_id}/plan": planners_of_patient,
    "GET /patients/{patient_id}/plan/versions/{version}": planners_of_patient,
    "GET /patients/{patient_id}/plan/write": panel_of_patient,
    "POST /patients/{patient_id}/plan/write": panel_of_patient,
    "POST /patients/{patient_id}/plan/{act}": panel_of_patient,
    "GET /patients/{patient_id}/medicines": planners_of_patient,
    "GET /patients/{patient_id}/medicines/write": panel_of_patient,
    "POST /patients/{patient_id}/medicines/write": panel_of_patient,
    "GET /api/patients/{patient_id}/plan": planners_of_patient,
    **{f"POST /api/patients/{{patient_id}}/plan/{act}": panel_of_patient for act in ("revise", "goal")},
    **{
        f"POST /api/patients/{{patient_id}}/plan/{act}": approvers.sees("patient_id", PatientUnknown)
        for act in ("approve", "settle-conflict")
    },
    "GET /api/patients/{patient_id}/medicines": planners_of_patient,
    "POST /api/patients/{patient_id}/medicines/reconcile": panel_of_patient,
    **_OF_HOSPICE,
    **_OF_BEREAVEMENT,
}


ACCESS = Access(COMMANDS_MAY, READS_MAY, panels_of)
