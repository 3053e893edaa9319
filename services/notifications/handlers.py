"""What the notifications service hears, and what it decides then."""

from functools import partial

from carebus.contracts.care_plan import (
    CareHeld,
    CareResumed,
    CareTeamAssigned,
    EpisodeEnded,
    EpisodeOpened,
    VisitCancelled,
    VisitCompleted,
    VisitConverted,
    VisitRescheduled,
    VisitScheduled,
    VisitSummarySendRequested,
)
from carebus.contracts.equipment import DmeOrderCancelled, DmeOrdered
from carebus.contracts.line import (
    AdmissionNotified,
    ClinicianPaged,
    DeathReported,
    DischargeNotified,
    EdVisitNotified,
)
from carebus.contracts.referral import (
    PatientMerged,
    PatientUnmerged,
    ReferralAccepted,
    ReferralAmended,
    ReferrerStatusChanged,
    ReferrerUpdateRequested,
)
from carebus.decisions import Handlers, on
from services.notifications import domain
from services.notifications.domain import Family, Referrers, SummaryLetters, TeamLetters, pages, suppliers
from services.notifications.domain.pages import PageLetters
from services.notifications.domain.suppliers import SupplierLetters


def handlers(team_mailbox: str) -> Handlers:
    """What it hears, where care teams read this mailbox."""
    news = on(Family, TeamLetters, partial(domain.write_to_team, mailbox=team_mailbox))
    return HEARD | dict.fromkeys((AdmissionNotified, EdVisitNotified, DischargeNotified, DeathReported), news)


HEARD: Handlers = {
    ReferralAccepted: on(Family, domain.keep_contact),
    ReferralAmended: on(Family, domain.follow_amendment),
    CareTeamAssigned: on(Family, domain.tell_team),
    VisitScheduled: on(Family, domain.tell_visit_planned),
    VisitRescheduled: on(Family, domain.tell_visit_moved),
    VisitConverted: on(Family, domain.tell_visit_moved),
    VisitCancelled: on(Family, domain.tell_visit_cancelled),
    VisitCompleted: on(Family, domain.tell_visit_done),
    EpisodeOpened: on(Family, domain.begin),
    CareHeld: on(Family, domain.hold_for_death),
    CareResumed: on(Family, domain.go_on),
    EpisodeEnded: on(Family, domain.end),
    ReferrerStatusChanged: on(Referrers, domain.write_to_referrer),
    ReferrerUpdateRequested: on(Referrers, domain.write_with_new_link),
    ClinicianPaged: on(PageLetters, pages.write_page),
    VisitSummarySendRequested: on(SummaryLetters, domain.write_of_summary),
    DmeOrdered: on(SupplierLetters, suppliers.write_to_supplier),
    DmeOrderCancelled: on(SupplierLetters, suppliers.withdraw_from_supplier),
    PatientMerged: on(Family, domain.hold_back),
    PatientUnmerged: on(Family, domain.hold_no_longer),
}

HANDLERS = handlers("")
"""What is heard, whatever the mailbox: for those who ask which events a service needs."""
