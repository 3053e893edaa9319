"""The data that medicines are read and checked by: words of names, and ingredients that belong to a group."""

from typing import Annotated, Self

from pydantic import BeforeValidator, model_validator

from carebus.contracts.event import Value
from carebus.errors import BrokenRule


def _lower(words: object) -> object:
    return [str(word).casefold() for word in words] if isinstance(words, list | tuple) else words


Words = Annotated[frozenset[str], BeforeValidator(_lower)]


class MedicineRules(Value):
    """The words and groups of one version. All are in small letters.

    salts: words at the end of an ingredient's name that only name its salt.  only_with_salt: names that mean nothing
    without it.  before: words that may stand before an ingredient.  same_as: another name -> the ingredients meant.
    opioids, laxatives: ingredients.
    """

    version: int
    salts: Words
    only_with_salt: Words
    before: Words
    same_as: dict[str, tuple[str, ...]]
    opioids: Words
    laxatives: Words

    @property
    def name(self) -> str:
        """What this version is called where its findings are kept."""
        return f"medicines-{self.version}"

    @model_validator(mode="after")
    def _groups_are_apart(self) -> Self:
        if both := self.opioids & self.laxatives:
            raise BrokenRule(f"{', '.join(sorted(both))} can't be both an opioid and a laxative.")
        return self

    def knows(self, ingredient: str) -> bool:
        """Whether these rules name this ingredient anywhere: so much is needed to take a bare name for a medicine."""
        named = {one for several in self.same_as.values() for one in several}
        return ingredient in self.opioids | self.laxatives | named
