"""What stands of somebody's wishes: all that other services need of them, told whenever it changes."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from carebus.contracts.event import PatientEvent, Value
from carebus.contracts.phi import Phi
from carebus.contracts.wishes.agents import Agent
from carebus.contracts.wishes.choices import KnownWish, WishTopic
from carebus.contracts.wishes.documents import DocumentKind, DocumentStatus


class TopicSummary(Value):
    """What is known of a topic: the latest first. contested: they contradict each other, or something else contradicts
    them, and nobody has settled it."""

    topic: WishTopic
    known: tuple[KnownWish, ...]
    contested: bool = False


class DocumentLink(Value):
    """A document that is in force or about to be. path: of its page at the service that keeps it."""

    document_id: UUID
    kind: DocumentKind
    status: DocumentStatus
    verified: bool
    signed_on: Annotated[date | None, Phi.DATE] = None
    path: str


class WishesSummarised(PatientEvent):
    """What stands now. A topic that is not among `topics` is not known, which is never a no.

    agents: whoever decides first stands first.  agent_decides_since: since then the patient can't decide, and the
    agents do; None while they can, or nobody has said that they can't.
    """

    topics: tuple[TopicSummary, ...] = ()
    agents: tuple[Agent, ...] = ()
    agent_decides_since: Annotated[date | None, Phi.DATE] = None
    documents: tuple[DocumentLink, ...] = ()
    open_conflicts: int = 0
    last_conversation_on: Annotated[date | None, Phi.DATE] = None
    review_due_on: Annotated[date | None, Phi.DATE] = None
    summarised_at: Annotated[datetime, Phi.DATE]
