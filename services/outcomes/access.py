"""Who may see results: they are counts with small cells hidden, and name nobody."""

from carebus.access import Access, AccountRole, clinicians, roles

whoever_learns_from_results = clinicians | roles(
    AccountRole.ANALYST,
    AccountRole.SUPERVISOR,
    AccountRole.COORDINATOR,
    AccountRole.PRIVACY_OFFICER,
    AccountRole.HEALTH_PLAN,
)

READS_MAY = {"GET /": whoever_learns_from_results, "GET /api/outcomes": whoever_learns_from_results}

ACCESS = Access(reads=READS_MAY)
