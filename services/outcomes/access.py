"""Who may see results: they are counts with small cells hidden, and name nobody."""

from carebus.access import Access, Role, clinicians, roles

whoever_learns_from_results = clinicians | roles(
    Role.ANALYST, Role.SUPERVISOR, Role.COORDINATOR, Role.PRIVACY_OFFICER, Role.HEALTH_PLAN
)

READS_MAY = {"GET /": whoever_learns_from_results, "GET /api/outcomes": whoever_learns_from_results}

ACCESS = Access(reads=READS_MAY)
