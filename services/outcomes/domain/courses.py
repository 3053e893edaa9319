"""The course of one symptom: its first answer, and the latest at another visit; whoever has both was asked twice."""

from uuid import UUID

from carebus.contracts.event import Value


class Course(Value):
    """One symptom of one patient: the first answer and the latest after it, each with its visit.

    latest: None until it was answered at a second visit, so that whoever has both was asked twice.
    """

    first: int | None = None
    first_visit_id: UUID | None = None
    latest: int | None = None
    latest_visit_id: UUID | None = None

    def with_answer(self, visit_id: UUID, score: int) -> "Course":
        """The course after one more answer, or with another at the same visit."""
        if self.first is None or self.first_visit_id == visit_id:
            return self.model_copy(update={"first": score, "first_visit_id": visit_id})
        return self.model_copy(update={"latest": score, "latest_visit_id": visit_id})

    def put_right(self, visit_id: UUID, score: int | None) -> "Course":
        """The course after what one visit said was corrected; None: it was not answered there after all."""
        if self.first_visit_id == visit_id:
            if score is None:
                return Course(first=self.latest, first_visit_id=self.latest_visit_id)
            return self.model_copy(update={"first": score})
        if self.latest_visit_id == visit_id:
            return self.model_copy(update={"latest": score, "latest_visit_id": None if score is None else visit_id})
        is_only = score is not None and self.latest is None
        return self.with_answer(visit_id, score) if is_only and score is not None else self
