"""Planning ahead as it is counted: since when a conversation was held, wishes are known, and an agent is."""

from datetime import datetime

from carebus.contracts.wishes import AcpConversationHeld, WishesSummarised
from carebus.decisions import Cause, Decision, changed
from services.outcomes.domain.journey import Journey

BY_DAY = 30
"""Days of care after which these should be known."""


def conversation_held(journey: Journey, event: AcpConversationHeld, _cause: Cause) -> Decision:
    """A serious-illness conversation was held; the earliest counts, whenever it was written down."""
    known = journey.conversation_at
    return changed(journey.but(conversation_at=min(known or event.held_at, event.held_at)))


def wishes_summarised(journey: Journey, event: WishesSummarised, _cause: Cause) -> Decision:
    """What stands now: what stood before and does so no more, such as of a document entered in error, is not known."""
    at = event.summarised_at
    return changed(
        journey.but(
            wishes_known_at=_since(journey.wishes_known_at, at) if event.topics else None,
            agent_known_at=_since(journey.agent_known_at, at) if event.agents else None,
        )
    )


def _since(known: datetime | None, now: datetime) -> datetime:
    return known or now
