"""Patients' data where it must not be: in a log, a header, the rule of a parked event."""

from __future__ import annotations

from typing import Any

import structlog

from carebus.deciding.commands import Commands
from carebus.storage.outbox import Told
from carebus.subscribing import batch_transaction


def a_log_shows_a_name() -> None:
    perform = Commands.perform

    async def told(self: Commands, reaction: Any, stream: Any, command: Any, *args: Any, **kwargs: Any) -> Any:
        structlog.get_logger().info(f"command of {command.name}")
        return await perform(self, reaction, stream, command, *args, **kwargs)

    Commands.perform = told  # type: ignore[method-assign]


def a_header_shows_a_name() -> None:
    def seal(envelope: Any, event: Any) -> Told:
        actor = getattr(event, "reason_text", envelope.actor)
        return Told(envelope._replace(actor=actor), event.model_dump_json().encode())

    Told.seal = seal  # type: ignore[method-assign]


def a_rule_shows_a_name() -> None:
    vars(batch_transaction)["rule_of"] = str


MUTANTS = (a_log_shows_a_name, a_header_shows_a_name, a_rule_shows_a_name)
