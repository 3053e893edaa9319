"""Shares that page and API tell alike: so many of so many, with their interval; and how cells of tables are written."""

from datetime import date

from pydantic import BaseModel

from services.outcomes.domain.statistics import wilson


class Share(BaseModel):
    """So many of so many, with the 95 % interval of Wilson."""

    count: int
    of: int
    share: float
    ci95_low: float
    ci95_high: float


def share(count: int | str, of: int | str) -> Share | None:
    """A share of counts that may be told; None of none, and where one of them is hidden."""
    if isinstance(count, str) or isinstance(of, str):
        return None
    between = wilson(count, of)
    return between and Share(count=count, of=of, share=count / of, ci95_low=between[0], ci95_high=between[1])


def in_words(told: Share) -> str:
    """A share with its interval: `12% (95% interval 9% to 16%)`."""
    return f"{told.share:.0%} (95% interval {told.ci95_low:.0%} to {told.ci95_high:.0%})"


def month_in_words(month: str) -> str:
    """`2026-03` as `Mar 2026`."""
    return date.fromisoformat(f"{month}-01").strftime("%b %Y")


def in_cell(count: int | str) -> str:
    """A count as a table writes it, or what stands in its place."""
    return f"{count:,}" if isinstance(count, int) else count
