"""The time zone that most people of a state live in: where a list of members says none."""

from services.referral.domain.referring.places import state_code

_BY_ZONE = {
    "America/New_York": "CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC VA VT WV",
    "America/Chicago": "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI",
    "America/Denver": "CO ID MT NM UT WY",
    "America/Phoenix": "AZ",
    "America/Los_Angeles": "CA NV OR WA",
    "America/Anchorage": "AK",
    "Pacific/Honolulu": "HI",
    "America/Puerto_Rico": "PR VI",
    "Pacific/Guam": "GU MP",
}
_ZONES = {state: zone for zone, states in _BY_ZONE.items() for state in states.split()}


def zone_of(state: str) -> str | None:
    """The zone of a state by its two letters or its name, if it is one."""
    code = state_code(state)
    return _ZONES[code] if code else None
