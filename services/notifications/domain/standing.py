"""What becomes of messages while care is held, and after its end: families hear of visits from nobody then."""

from carebus.contracts.care_plan import CareHeld, CareResumed, EpisodeEnded, EpisodeOpened
from carebus.decisions import Cause, Decision, changed, ignore
from services.notifications.domain.family import Family
from services.notifications.domain.messages import Message, Status


def hold_for_death(family: Family, _: CareHeld, __: Cause) -> Decision:
    """A death was reported: what waits stays where it is, until somebody confirms or dismisses that."""
    return ignore("already_held") if family.on_hold else changed(family.but(on_hold=True))


def go_on(family: Family, _: CareResumed, cause: Cause) -> Decision:
    """It was not true: what waited goes out, but for visits whose time has passed meanwhile."""
    passed = [m for m in family.messages if m.news.at and m.news.minutes and m.news.at <= cause.now]
    return changed(_withdrawn(family, passed, cause).but(on_hold=False))


def end(family: Family, _: EpisodeEnded, cause: Cause) -> Decision:
    """Care is over: nothing that waits goes out, and no visit is told of any more."""
    return changed(_withdrawn(family, family.messages, cause).but(on_hold=False, ended=True))


def begin(family: Family, _: EpisodeOpened, __: Cause) -> Decision:
    """Care begins, again if it had ended."""
    return changed(family.but(on_hold=False, ended=False)) if family.ended else ignore("already_told_of")


def _withdrawn(family: Family, messages: list[Message] | tuple[Message, ...], cause: Cause) -> Family:
    gone = {m.notification_id for m in messages if m.status is Status.QUEUED}
    settled = {"status": Status.WITHDRAWN, "settled_at": cause.now}
    return family.but(
        messages=tuple(m.model_copy(update=settled) if m.notification_id in gone else m for m in family.messages)
    )
