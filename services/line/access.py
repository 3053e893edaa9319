"""Who may do and see what on the line: whoever answers it may see every patient, and each look is on record."""

from collections.abc import Mapping

from pydantic import BaseModel

from carebus.access import Access, AccountRole, Rule, anyone, holder_of, holding, program, roles, staff
from services.line.domain.calls import CallUnknown
from services.line.domain.calls.advice import TriageCall
from services.line.domain.calls.answering import DescribeCaller, StartCall, TakeCall
from services.line.domain.calls.closing import CloseCall
from services.line.domain.calls.following import AnswerQuestions, StartProtocol
from services.line.domain.calls.linking import ForgetCall, LinkPatient, UnlinkPatient
from services.line.domain.calls.paging import AnswerPage, PageClinician, TakePage
from services.line.domain.calls.promises import AcceptPromise, MakeCallback, PromiseCallback
from services.line.domain.calls.telephone import ReportTelephone
from services.line.domain.hospital.contacts import MakeDischargeContact
from services.line.domain.hospital.noting import NoteNotice, ReceiveNotice
from services.line.domain.hospital.unclaimed import ClaimNotice, DisclaimNotice, NoticeUnknown, OfferNotice
from services.line.domain.sheet import PatientUnknown
from services.line.domain.sheet.handing_over import HandOver, TellTeam

HOSPITAL = "hospital"
"""The scope of a token of a hospital, or of the network that passes its notifications on."""
TELEPHONE = "telephone"
"""The scope of a telephone system's token."""

PAGE_LINK = "a page's private link"
BY_LINK = holding(PAGE_LINK, "paged:link")
"""Whoever was paged, and opened the link that they were sent."""

answering = roles(AccountRole.NURSE, AccountRole.ADVANCED_PRACTICE_PROVIDER, AccountRole.DOCTOR, AccountRole.SUPERVISOR)
"""Whoever may be on the line at night: a caller may be any patient's."""
SIGNED = "a telephone system's signature"
telephone = program(TELEPHONE) | roles(AccountRole.SUPERVISOR) | holder_of(SIGNED)
"""The telephone system; or whoever tries how it is joined."""
planning = roles(AccountRole.COORDINATOR, AccountRole.SUPERVISOR)
"""Whoever writes down shifts."""
by_page = anyone(because="whoever was paged takes it by the link that they were sent", throttle="links")
for_families = anyone(because="pages for families say what helps, and name nobody")
by_signature = anyone(because="a telephone system signs what it tells, and has no token", throttle="signed")
hospital = program(HOSPITAL)
of_notice = answering.unknown_as(NoticeUnknown)
of_call = answering.unknown_as(CallUnknown)
of_patient = answering.sees("patient_id", PatientUnknown)

COMMANDS_MAY: Mapping[type[BaseModel], Rule] = {
    StartCall: answering,
    TakeCall: of_call,
    DescribeCaller: of_call,
    LinkPatient: of_call,
    UnlinkPatient: of_call,
    ForgetCall: of_call,
    PromiseCallback: of_call,
    AcceptPromise: of_call,
    MakeCallback: of_call,
    PageClinician: of_call,
    TakePage: of_call,
    AnswerPage: holder_of(PAGE_LINK),
    TellTeam: of_call,
    HandOver: answering.unknown_as(PatientUnknown),
    StartProtocol: of_call,
    AnswerQuestions: of_call,
    TriageCall: of_call,
    CloseCall: of_call,
    ReportTelephone: telephone,
    ReceiveNotice: hospital,
    NoteNotice: of_notice,
    ClaimNotice: of_notice,
    DisclaimNotice: of_notice,
    OfferNotice: of_notice,
    MakeDischargeContact: answering.unknown_as(PatientUnknown),
}

ACTS = (
    *("take", "describe", "link", "unlink", "protocol", "answers", "triage", "close"),
    *("promise", "accept-promise", "call-back", "page", "take-page", "tell-team"),
)

READS_MAY: Mapping[str, Rule] = {
    "GET /": answering | planning,
    "GET /find": answering,
    "POST /find": answering,
    "POST /calls": answering,
    "GET /calls/{call_id}": answering,
    "GET /calls/{call_id}/{act}": answering,
    "POST /calls/{call_id}/{act}": answering,
    "GET /patients/{patient_id}": of_patient,
    "GET /api/calls": answering,
    "POST /api/calls": answering,
    "GET /api/calls/{call_id}": answering,
    **{f"POST /api/calls/{{call_id}}/{act}": answering for act in ACTS},
    "POST /api/find": answering,
    "GET /api/patients/{patient_id}": of_patient,
    "POST /api/telephone": telephone,
    "POST /telephone/standard": by_signature,
    "POST /telephone/twilio": by_signature,
    "GET /help/{language}": for_families,
    "GET /help/{language}/{topic}": for_families,
    "GET /pages/{token}": by_page,
    "POST /pages/{token}": by_page,
    "GET /shifts": answering | planning,
    "POST /shifts": planning,
    "POST /shifts/{shift_id}/take-out": planning,
    "POST /presence/{act}": answering,
    "GET /hand-overs": answering,
    "POST /patients/{patient_id}/hand-over": of_patient,
    "GET /api/protocols": staff,
    "GET /protocols": staff,
    "GET /protocols/{protocol}/{version}": staff,
    "POST /protocols/{protocol}/{version}": staff,
    "GET /hospital": answering,
    "POST /hospital/{notice_id}/claim": answering,
    "POST /hospital/{notice_id}/disclaim": answering,
    "POST /patients/{patient_id}/contact": of_patient,
    "POST /fhir/$process-message": hospital,
}

ACCESS = Access(COMMANDS_MAY, READS_MAY)
