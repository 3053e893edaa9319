"""The states and territories by their two letters, and what a ZIP code says of where somebody lives."""

import re

STATES = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado",
    "CT": "Connecticut", "DE": "Delaware", "DC": "District of Columbia", "FL": "Florida", "GA": "Georgia",
    "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas", "KY": "Kentucky",
    "LA": "Louisiana", "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota",
    "MS": "Mississippi", "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada", "NH": "New Hampshire",
    "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York", "NC": "North Carolina", "ND": "North Dakota",
    "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania", "PR": "Puerto Rico", "RI": "Rhode Island",
    "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VT": "Vermont",
    "VA": "Virginia", "WA": "Washington", "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming",
    "GU": "Guam", "MP": "Northern Mariana Islands", "VI": "Virgin Islands",
}  # fmt: skip

_CODES = {name.casefold(): code for code, name in STATES.items()} | {code.casefold(): code for code in STATES}
_ZIP = re.compile(r"([0-9]{3})[0-9]{2}(-?[0-9]{4})?")
_NO_PLACE = "000"


def state_code(typed: str) -> str | None:
    """A state's two letters, or None if this names none that is known: a slip of the pen is no other country."""
    return _CODES.get(" ".join(typed.split()).casefold().replace(".", ""))


def zip3(typed: str) -> str | None:
    """The first three digits of a ZIP code, or None if it names no place."""
    found = _ZIP.fullmatch(typed.strip())
    return found[1] if found and found[1] != _NO_PLACE else None
