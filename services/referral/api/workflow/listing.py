"""The worklist as it stands in an address: filters and place, none of which names a person who is referred."""

from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, TypeAdapter, ValidationError

from carebus.errors import BrokenRule
from services.referral.api import words
from services.referral.domain import TERMINAL, Status
from services.referral.store import NOBODY, Place, Row, Shelf, Wanted

TABS: dict[Shelf, str] = {
    Shelf.IDENTITY: "Who is it?",
    Shelf.CHANGES: "Changes",
    Shelf.DECIDE: "Decide",
    Shelf.REACH: "Reach",
    Shelf.WAITING: "Waiting for others",
    Shelf.CLOSE: "Close the loop",
}
"""What each tab is called."""

_AT: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)
FIRST_YEAR, LAST_YEAR = 1900, 2999
APART = "_"
"""Between the two values of a place."""


def _near(at: datetime) -> datetime:
    """A time that a database can keep. Raises BrokenRule."""
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise BrokenRule("Give a time of our days.")
    return at


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise BrokenRule("Leave out characters that can't be printed.")
    return text


def place_of(text: str) -> Place | None:
    """A place as an address says it; none where it says nothing. Raises BrokenRule."""
    at, _, referral_id = text.partition(APART)
    try:
        return Place(_near(_AT.validate_python(at)), UUID(referral_id)) if text else None
    except (ValidationError, ValueError, OverflowError):
        raise BrokenRule("Follow the link of the page before, or begin at the first page.") from None


def _placed(text: str) -> str:
    place_of(text)
    return text


Line = Annotated[str, Field(max_length=200), AfterValidator(_one_line)]
PlaceText = Annotated[str, Field(max_length=80), AfterValidator(_placed)]


class Chosen(BaseModel):
    """The filters of the worklist, the place after which a page begins, and since when somebody pages through it.

    place: where one referral of the list stood, so that the next one is found after it.  decided: the one before it.
    """

    status: Line = ""
    urgency: Line = ""
    payer: Line = ""
    person: Line = ""
    organization: Line = ""
    overdue: Line = ""
    after: PlaceText = ""
    place: PlaceText = ""
    since: Annotated[AwareDatetime, AfterValidator(_near)] | None = None
    decided: UUID | None = None

    @property
    def shelf(self) -> Shelf:
        """The tab, or the group of statuses."""
        if self.status in set(Status) and Status(self.status) in TERMINAL:
            return Shelf.ENDED
        return Shelf(self.status) if self.status in set(Shelf) else Shelf.OPEN

    def address(self, **others: object) -> str:
        """The worklist with these filters, from its beginning; with others in their place, if given."""
        query = self.query(**{"after": "", "since": None, "place": "", **others})
        return f"/?{query}" if query else "/"

    def query(self, **others: object) -> str:
        """The same as the query of an address."""
        said = {**self.model_dump(exclude={"decided"}), **others}
        if isinstance(said["since"], datetime):
            said["since"] = said["since"].isoformat()
        return urlencode({name: value for name, value in said.items() if value})

    def next_page(self, last: Row, now: datetime) -> str:
        """The address of the page after this row."""
        return self.address(after=self.after_row(last), since=self.since or now)

    def of_row(self, row: Row) -> str:
        """The address of one referral of this list, by which its page finds the way back and the next one."""
        return f"/referrals/{row.referral_id}?{self.query(place=self.after_row(row))}"

    @property
    def back(self) -> str:
        """The address of the page that somebody came from."""
        return self.address(after=self.after, since=self.since)

    def back_with(self, decided: UUID) -> str:
        """The same, with a word about what was decided."""
        return self.address(after=self.after, since=self.since, decided=decided)

    @property
    def rest(self) -> "Chosen":
        """The list after the referral that is looked at; what is to be decided, where it was opened without a list."""
        if not self.place:
            return Chosen(status=Shelf.DECIDE)
        return self.model_copy(update={"after": self.place})

    def after_row(self, row: Row) -> str:
        """The place of a row in this list."""
        at = row.received_at if self.shelf is Shelf.ENDED else row.next_due or row.received_at
        return f"{at.isoformat()}{APART}{row.referral_id}"

    def wanted(self, me: str, now: datetime) -> Wanted:
        """What they ask for; what nobody knows is left out."""
        return Wanted(
            shelf=self.shelf,
            status=Status(self.status) if self.status in set(Status) else None,
            urgent={"urgent": True, "routine": False}.get(self.urgency),
            payer=self.payer if self.payer in {kind.value for kind in words.PAYERS} else None,
            person={"me": me, "nobody": NOBODY}.get(self.person, self.person),
            organization=self.organization.strip(),
            overdue_at=now if self.overdue else None,
            after=place_of(self.after),
        )
