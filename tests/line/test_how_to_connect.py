"""What the page on telephone systems shows is what works: its fact is taken, and its bridge reads both systems."""

from __future__ import annotations

import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Self

import pytest

from tests.docs.pages import ROOT, said_to_be

PAGE = ROOT / "docs" / "how-to" / "connect-a-telephone.md"


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[ModuleType, ModuleType]]:
    """The page's two programs, imported as a reader saves them."""
    for name, text in said_to_be(PAGE, "file: ").items():
        (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    import bridge  # type: ignore[import-not-found]
    import tell  # type: ignore[import-not-found]

    yield tell, bridge
    for name in ("tell", "bridge"):
        sys.modules.pop(name, None)


CONNECT = {
    "source": "aws.connect",
    "time": "2026-03-02T03:04:05Z",
    "detail": {
        "eventType": "CONNECTED_TO_AGENT",
        "contactId": "c2",
        "initialContactId": "c1",
        "channel": "VOICE",
        "agentInfo": {"agentArn": "arn:aws:connect:us-east-1:1:instance/i/agent/ann"},
    },
}
GENESYS = {
    "source": "aws.partner/genesys.com/cloud/1",
    "detail": {
        "topicName": "v2.detail.events.conversation.{id}.customer.start",
        "eventBody": {
            "conversationId": "g1",
            "eventTime": 1772420645000,
            "mediaType": "VOICE",
            "ani": "tel:+16175550142",
        },
    },
}


def test_the_bridge_reads_what_both_systems_say(programs: tuple[ModuleType, ModuleType]) -> None:
    _, bridge = programs
    assert bridge.fact_of(CONNECT) == {
        "call_key": "c1",
        "fact": "answered",
        "agent": "ann",
        "happened_at": "2026-03-02T03:04:05Z",
    }
    ringing = bridge.fact_of(GENESYS)
    assert (ringing["call_key"], ringing["fact"], ringing["from_number"]) == ("g1", "ringing", "+16175550142")
    chat = {**CONNECT, "detail": {**CONNECT["detail"], "channel": "CHAT"}}  # type: ignore[dict-item]
    assert bridge.fact_of(chat) is None


def test_a_fact_of_the_page_is_signed_as_the_line_wants_it(
    programs: tuple[ModuleType, ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    from services.line.channels.telephone.standard import require_signed
    from services.line.domain.calls.telephone import ReportTelephone

    tell, bridge = programs
    secret = "whsec_" + b64encode(b"s" * 24).decode()
    monkeypatch.setenv("TELEPHONE_SECRET", secret)
    monkeypatch.setenv("LINE_URL", "https://clinic.example/line")
    sent: list[Any] = []

    class Answer:
        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None: ...

        def read(self) -> bytes:
            return b"{}"

    def opened(request: Any) -> Answer:
        sent.append(request)
        return Answer()

    monkeypatch.setattr(tell.urllib.request, "urlopen", opened)
    bridge.handler(CONNECT)
    (request,) = sent
    require_signed(secret, request.data, {name.lower(): value for name, value in request.headers.items()})
    assert ReportTelephone.model_validate_json(request.data).call_key == "c1"
