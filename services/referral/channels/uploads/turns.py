"""Whose turn it is among the uploads that wait: each gets a slice, and then all others get theirs."""

from collections.abc import Sequence
from uuid import UUID

from services.referral.store.uploads.files import Upload


class Turns:
    """Gives the next turn to the upload that has waited longest for one."""

    def __init__(self) -> None:
        self._last: dict[UUID, int] = {}
        self._turn = 0

    def next(self, waiting: Sequence[Upload]) -> Upload | None:
        """Whose turn it is; among those who came at one time, whoever came first."""
        self._last = {each.upload_id: self._last.get(each.upload_id, self._turn) for each in waiting}
        chosen = min(waiting, key=lambda each: self._last[each.upload_id], default=None)
        if chosen is not None:
            self._turn += 1
            self._last[chosen.upload_id] = self._turn
        return chosen
