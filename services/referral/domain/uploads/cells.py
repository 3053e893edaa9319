"""What a cell says beside how a spreadsheet writes it: invisible characters, kept zeros, words for nothing."""

import re

INVISIBLE = "Characters that nobody sees were taken out."

_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u180e\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
_BLANKS = dict.fromkeys((0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000), " ")
_SEEN = _UNSEEN | _BLANKS
_AS_TEXT = re.compile(r'="(.*)"', re.DOTALL)
_APOSTROPHE = re.compile(r"'(?=[0-9])")

_NOTHING = frozenset({"n/a", "#n/a", "-", "--", "unknown", "#value!", "#ref!", "#name?", "#null!"})
_NOTHING_BUT_NAMES = _NOTHING | {"na", "none", "null", "nil", "unk"}
"""Na is a given name, and None a family name."""
_NAMES = frozenset({"given_name", "family_name", "contact_name", "pcp_or_case_manager", "payer_name", "payer_kind"})
"""Columns in which these are no words for nothing."""


def cleaned(cell: str) -> tuple[str, bool]:
    """What a cell says, and whether something in it was there that nobody sees."""
    said = cell.strip()
    unseen = False
    if not said.isascii():
        seen = said.translate(_SEEN).strip()
        said, unseen = seen, seen != said
    if as_text := _AS_TEXT.fullmatch(said):
        said = as_text[1].strip()
    return _APOSTROPHE.sub("", said, count=1) if said.startswith("'") else said, unseen


def says_nothing(said: str, column: str) -> bool:
    """Whether a cell of this column is empty, or holds a word for that."""
    return not said or said.lower() in (_NOTHING if column in _NAMES else _NOTHING_BUT_NAMES)
