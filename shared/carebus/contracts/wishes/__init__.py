"""What the wishes service tells: conversations, documents, agents, conflicts, and what stands of it all."""

from carebus.contracts.wishes.agents import Agent, AgentPower, AgentRank, HealthCareAgentAppointed
from carebus.contracts.wishes.choices import (
    CHOICES,
    NOT_TO_HOSPITAL,
    ORDERED,
    Choice,
    KnownWish,
    Statement,
    WishSource,
    WishTopic,
    contradict,
)
from carebus.contracts.wishes.conflicts import (
    ConflictOutcome,
    PreferenceConflictDetected,
    PreferenceConflictSettled,
    Side,
    SideKind,
)
from carebus.contracts.wishes.conversations import AcpConversationHeld, NotKnownYet, Present
from carebus.contracts.wishes.documents import (
    IN_FORCE,
    ORDERS,
    AcpDocumentFiled,
    DocumentKind,
    DocumentStatus,
    MovedBecause,
)
from carebus.contracts.wishes.summaries import DocumentLink, TopicSummary, WishesSummarised

__all__ = [
    "CHOICES",
    "IN_FORCE",
    "NOT_TO_HOSPITAL",
    "ORDERED",
    "ORDERS",
    "AcpConversationHeld",
    "AcpDocumentFiled",
    "Agent",
    "AgentPower",
    "AgentRank",
    "Choice",
    "ConflictOutcome",
    "DocumentKind",
    "DocumentLink",
    "DocumentStatus",
    "HealthCareAgentAppointed",
    "KnownWish",
    "MovedBecause",
    "NotKnownYet",
    "PreferenceConflictDetected",
    "PreferenceConflictSettled",
    "Present",
    "Side",
    "SideKind",
    "Statement",
    "TopicSummary",
    "WishSource",
    "WishTopic",
    "WishesSummarised",
    "contradict",
]
