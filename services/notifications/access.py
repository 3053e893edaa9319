"""Who may see which messages, and whose panel a patient is on."""

from carebus.access import Access, AccountRole, Relation, clinicians, roles
from carebus.access.panels import panels_of

office = roles(AccountRole.COORDINATOR, AccountRole.SUPERVISOR, AccountRole.PRIVACY_OFFICER)
of_whom_one_sees = office | clinicians.on(Relation.PANEL)
"""Whoever is not of the office finds what was sent about their own patients only."""

READS_MAY = {
    "GET /": of_whom_one_sees,
    "GET /api/notifications": of_whom_one_sees,
    "GET /referrers": office,
    "GET /api/referrer-letters": office,
}


ACCESS = Access(reads=READS_MAY, relations_of=panels_of)
