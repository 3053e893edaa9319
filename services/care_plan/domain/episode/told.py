"""What left for somebody's family: listed when news of a death is dismissed, as some of it may have to be put right."""

from datetime import datetime
from typing import Annotated

from carebus.contracts.event import Value
from carebus.contracts.notifications import NotificationSent, Topic
from carebus.contracts.phi import Phi
from carebus.decisions import Cause, Decision, State, changed, ignore

KEPT = 20
"""So many messages are kept: more do not leave in the days until somebody confirms or dismisses such news."""


class Message(Value):
    """A message that the mail server took over."""

    topic: Topic
    sent_at: Annotated[datetime, Phi.DATE]


class Told(State):
    """The last messages to one patient's family, the latest last."""

    messages: tuple[Message, ...] = ()

    def since(self, at: datetime) -> tuple[Message, ...]:
        """Those that left at this moment or later."""
        return tuple(one for one in self.messages if one.sent_at >= at)


def note_message(told: Told, sent: NotificationSent, _: Cause) -> Decision:
    """Kept once, in the order of leaving, however late it is heard."""
    one = Message(topic=sent.topic, sent_at=sent.sent_at)
    if one in told.messages:
        return ignore("noted_already")
    messages = sorted((*told.messages, one), key=lambda each: each.sent_at)
    return changed(told.but(messages=tuple(messages[-KEPT:])))
