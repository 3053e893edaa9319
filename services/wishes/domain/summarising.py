"""What stands of somebody's wishes, as all other services hear it."""

from datetime import datetime

from carebus.contracts.wishes import (
    ConflictOutcome,
    DocumentLink,
    KnownWish,
    SideKind,
    TopicSummary,
    WishesSummarised,
    WishTopic,
)
from services.wishes.domain.conflicts.detecting import key_of
from services.wishes.domain.conflicts.sides import of_wishes, side_of
from services.wishes.domain.documents.document import Document
from services.wishes.domain.wishes import Conflict, Wishes

_LOST = {
    ConflictOutcome.FIRST_STANDS: ("second",),
    ConflictOutcome.SECOND_STANDS: ("first",),
    ConflictOutcome.NEITHER_STANDS: ("first", "second"),
}


def summary(wishes: Wishes, at: datetime) -> WishesSummarised:
    """What stands now; the same wishes make the same summary, but for its time."""
    incapacity = wishes.incapacity
    return WishesSummarised(
        topics=topics(wishes),
        agents=wishes.agents,
        agent_decides_since=incapacity.since if incapacity else None,
        documents=tuple(_link(one) for one in _by_date(wishes.documents)),
        open_conflicts=len(open_conflicts(wishes)),
        last_conversation_on=wishes.last_conversation_on,
        review_due_on=wishes.review.due_on if wishes.review else None,
        summarised_at=at,
    )


def topics(wishes: Wishes) -> tuple[TopicSummary, ...]:
    """Each topic of which something stands, the latest word first, and whether it is contested."""
    aside = put_aside(wishes)
    standing = [one for one in of_wishes(wishes) if key_of(side_of(one)) not in aside]
    disputed = {key_of(side) for one in open_conflicts(wishes) for side in (one.first, one.second)}
    by_topic = {topic: [one for one in standing if one.statement.topic is topic] for topic in WishTopic}
    return tuple(_topic(topic, known, disputed) for topic, known in by_topic.items() if known)


def open_conflicts(wishes: Wishes) -> tuple[Conflict, ...]:
    """Those that nobody has settled."""
    return tuple(one for one in wishes.conflicts if one.outcome is None)


def put_aside(wishes: Wishes) -> frozenset[str]:
    """What does not stand, as a clinician has settled; what others plan or advise is theirs to change."""
    lost = [getattr(one, name) for one in wishes.conflicts if one.outcome for name in _LOST.get(one.outcome, ())]
    return frozenset(key_of(side) for side in lost if side.kind in (SideKind.DOCUMENT, SideKind.CONVERSATION))


def _topic(topic: WishTopic, known: list[KnownWish], disputed: set[str]) -> TopicSummary:
    contested = any(key_of(side_of(one)) in disputed for one in known)
    return TopicSummary(topic=topic, known=tuple(known), contested=contested)


def _by_date(documents: tuple[Document, ...]) -> list[Document]:
    return sorted(documents, key=lambda one: (not one.orders, -one.stated_on.toordinal(), str(one.document_id)))


def _link(document: Document) -> DocumentLink:
    return DocumentLink(
        document_id=document.document_id,
        kind=document.kind,
        status=document.status,
        verified=document.verified_at is not None,
        signed_on=document.signed_on,
        path=f"/documents/{document.document_id}",
    )
