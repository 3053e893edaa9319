"""In which state somebody lives, by which licences go and which people write as they like, and where that is."""

import holidays

from carebus.contracts.people import Address
from services.care_plan.domain.team.travel import Place, place_of, state_of_code

_US = holidays.country_holidays("US")
STATES = frozenset(_US.subdivisions)
"""The states, the District of Columbia and the territories, by their two letters."""
_BY_NAME = {name.casefold(): code for name, code in _US.subdivisions_aliases.items()}


def state_code(state: str, postal_code: str) -> str:
    """The state by its two letters, as it is stated, else by the postal code; empty where neither is known.

    What is stated and is no state of ours stays as it is: nobody has a licence there.
    """
    stated = " ".join(state.split())
    code = stated.upper() if stated.upper() in STATES else _BY_NAME.get(stated.casefold())
    return code or state_of_code(postal_code) or stated.upper()


def home_of(address: Address) -> Place | None:
    """Where somebody with this address lives, as far as it is known."""
    return place_of(address.postal_code, address.city, state_code(address.state, address.postal_code))
