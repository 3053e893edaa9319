"""A health plan's list of members to refer: how an upload stands, and how its columns and rows are read."""

from services.referral.domain.uploads.columns import COLUMNS, Columns, HeaderUnreadable, columns_of
from services.referral.domain.uploads.standing import Stage, row_id

__all__ = [
    "COLUMNS",
    "Columns",
    "HeaderUnreadable",
    "Stage",
    "columns_of",
    "row_id",
]
