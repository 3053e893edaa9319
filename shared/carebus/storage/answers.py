"""Commands by their Idempotency-Key, with the answer that was given."""

from typing import Any

from carebus.storage.database import Connection

_CLAIM = "insert into command (key, fingerprint) values ($1, $2) on conflict do nothing returning key"
_ANSWERED = "select fingerprint, status, answer::text as answer from command where key = $1"
_ANSWER = "update command set status = $2, answer = $3::jsonb where key = $1"


async def claim(db: Connection, key: str, fingerprint: bytes) -> bool:
    """Whether this key is new; waits while a command with the same key is under way in another transaction."""
    return bool(await db.fetchval(_CLAIM, key, fingerprint))


async def answered(db: Connection, key: str) -> Any:
    """What is kept under a key: `fingerprint`, `status` and `answer` (JSON text); None if nothing is."""
    return await db.fetchrow(_ANSWERED, key)


async def keep_answer(db: Connection, key: str, status: int, answer: str) -> None:
    """Keep the answer (JSON text) that was given to the command with this key."""
    await db.execute(_ANSWER, key, status, answer)


async def has_any(db: Connection) -> bool:
    """Whether any command was ever kept."""
    return bool(await db.fetchval("select exists (select from command)"))
