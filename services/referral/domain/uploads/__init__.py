"""A health plan's list of members to refer: how an upload stands, and how its columns and rows are read."""

from services.referral.domain.uploads.columns import COLUMNS, Columns, HeaderUnreadable, columns_of
from services.referral.domain.uploads.standing import (
    MOST_ROWS,
    TOO_MANY_ROWS,
    Stage,
    digest_of_settings,
    document_of,
    row_id,
    stated_at,
)

__all__ = [
    "COLUMNS",
    "MOST_ROWS",
    "TOO_MANY_ROWS",
    "Columns",
    "HeaderUnreadable",
    "Stage",
    "columns_of",
    "digest_of_settings",
    "document_of",
    "row_id",
    "stated_at",
]
