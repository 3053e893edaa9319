"""Lets aiokafka see that uvloop has closed a connection; else whichever of its loops writes there ends for good."""

from functools import wraps
from typing import Any

from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError, KafkaError

_send = AIOKafkaConnection.send


@wraps(_send)
def _send_or_close(self: Any, *args: Any, **options: Any) -> Any:
    """A transport of asyncio's takes what is written too late; uvloop's raises what aiokafka does not expect."""
    try:
        return _send(self, *args, **options)
    except KafkaError:
        raise
    except RuntimeError as exc:
        self.close(reason=CloseReason.CONNECTION_BROKEN)
        raise KafkaConnectionError(f"Connection at {self.host}:{self.port} was closed") from exc


def mend() -> None:
    """Do it for every connection of this process (aiokafka's issue 1038)."""
    AIOKafkaConnection.send = _send_or_close
