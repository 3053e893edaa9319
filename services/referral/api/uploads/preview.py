"""What a list would do, counted row by row in plain words, before anybody says yes to it."""

from dataclasses import dataclass
from typing import Self

from services.referral.api import words
from services.referral.domain.uploads import Stage
from services.referral.domain.uploads.comparing import About
from services.referral.store.uploads.files import Upload

NOTHING = ("Nothing to confirm", "neutral")


@dataclass(frozen=True, slots=True)
class Preview:
    """How many rows do what."""

    new: int = 0
    changes: int = 0
    same: int = 0
    withdrawals: int = 0
    conflicts: int = 0
    unknown: int = 0
    wrong: int = 0

    @classmethod
    def of(cls, upload: Upload) -> Self:
        """What is counted of this upload; who is not known is new."""
        known = {about: upload.known.get(about.value, 0) for about in About}
        return cls(
            new=upload.right - sum(known.values()),
            changes=known[About.CHANGES],
            same=known[About.SAME],
            withdrawals=known[About.WITHDRAWAL],
            conflicts=known[About.CONFLICT],
            unknown=known[About.UNKNOWN],
            wrong=upload.wrong,
        )

    @property
    def lines(self) -> list[str]:
        """A sentence for each kind of row that there is."""
        said = (
            (self.new, "person is new here and is referred.", "people are new here and are referred."),
            (self.changes, "row changes what is known of somebody.", "rows change what is known of somebody."),
            (self.withdrawals, "row takes a referral back.", "rows take a referral back."),
            (self.same, "row says what is known already: nothing changes.",
             "rows say what is known already: nothing changes."),
            (self.conflicts, f"row names somebody else than its number stands for. {_FOR_A_PERSON}",
             f"rows name somebody else than their numbers stand for. {_FOR_A_PERSON}"),
            (self.unknown, "row takes back what is not known here: nothing is done.",
             "rows take back what is not known here: nothing is done."),
            (self.wrong, f"row is wrong and is left out: {_CORRECT_IT}",
             f"rows are wrong and are left out: {_CORRECT_THEM}"),
        )  # fmt: skip
        return [_many(number, one, more) for number, one, more in said if number]

    @property
    def button(self) -> str:
        """What a yes does; nothing where there is nothing to say yes to."""
        does = [
            _many(self.new, "refer {} person", "refer {} people"),
            _many(self.changes, "take in changes to {} person", "take in changes to {} people"),
            _many(self.withdrawals, "take in {} withdrawal", "take in {} withdrawals"),
        ]
        said = [each for each in does if each] or [
            each for each in [_many(self.same, "take in {} row that changes nothing", _SAME)] if each
        ]
        text = " and ".join(part for part in (", ".join(said[:-1]), *said[-1:]) if part)
        return text[:1].upper() + text[1:]


_SAME = "take in {} rows that change nothing"
_FOR_A_PERSON = "Nothing of that is taken in: a person has to find out which is right."
_CORRECT_IT = "correct it and send it in a list of its own, or discard this list and send it again."
_CORRECT_THEM = "correct them and send them as a list of their own, or discard this one and send it again."


def badge_of(upload: Upload) -> tuple[str, str]:
    """How a list stands, in words and with a tone."""
    if upload.stage is Stage.CHECKED and not Preview.of(upload).button:
        return NOTHING
    return words.STAGES[upload.stage]


def _many(number: int, one: str, more: str) -> str:
    """A number with its words; nothing for none."""
    text = one if number == 1 else more
    said = f"{number:,}"
    return (text.format(said) if "{}" in text else f"{said} {text}") if number else ""
