"""Who may see results: they are counts with small cells hidden, and name nobody."""

from carebus.access import Access, AccountRole, clinicians, roles

whoever_learns_from_results = clinicians | roles(
    AccountRole.ANALYST,
    AccountRole.SUPERVISOR,
    AccountRole.COORDINATOR,
    AccountRole.PRIVACY_OFFICER,
    AccountRole.HEALTH_PLAN,
)

whoever_counts_exactly = clinicians | roles(
    AccountRole.SUPERVISOR, AccountRole.COORDINATOR, AccountRole.PRIVACY_OFFICER
)
"""Small cells name somebody to whoever knows the place: analysts and plans get the page, where they are hidden."""

READS_MAY = {
    "GET /": whoever_learns_from_results,
    "GET /line": whoever_learns_from_results,
    "GET /planning": whoever_learns_from_results,
    "GET /api/outcomes": whoever_counts_exactly,
    "GET /api/outcomes/line": whoever_counts_exactly,
    "GET /api/outcomes/planning": whoever_counts_exactly,
}

ACCESS = Access(reads=READS_MAY)
