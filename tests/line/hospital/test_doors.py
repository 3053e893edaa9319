"""Who may connect: by network, and by a client certificate where TLS asks for one."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Any

from deploy.kubernetes.certificates import Authority
from services.line import app
from services.line.channels.mllp.listening import listening
from services.line.settings import Settings
from tests.benches import service_bench
from tests.line.hospital.messages import HOSPITAL, Sender, adt, code_of, port_of, sender_at


async def test_nobody_else_may_connect(postgres_url: str, tmp_path: Path) -> None:
    more: dict[str, Any] = {"hospitals": [{**HOSPITAL, "networks": ["10.0.0.0/8"]}], "mllp_port": 0}
    made = service_bench("line", app.make, Settings, admin_url=postgres_url, folder=tmp_path, **more)
    async with made as line, port_of(line) as port, sender_at(port) as stranger:
        assert await stranger.send(adt("A31")) == ""


async def test_by_tls_a_hospital_shows_its_own_certificate(postgres_url: str, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "authority")
    server, client = authority.issue("server", "localhost"), authority.issue("general")
    more: dict[str, Any] = {
        "hospitals": [{**HOSPITAL, "certificate": "general"}],
        "mllp_port": 0,
        "mllp_certificate": server.certificate,
        "mllp_key": server.key,
        "mllp_client_authorities": authority.certificate,
    }
    context = ssl.create_default_context(cafile=authority.certificate)
    made = service_bench("line", app.make, Settings, admin_url=postgres_url, folder=tmp_path, **more)
    async with made as line, port_of(line) as port:
        assert await _sent(port, context) == ""
        context.load_cert_chain(client.certificate, client.key)
        assert code_of(await _sent(port, context)) == "AA"


async def test_without_hospitals_the_port_stays_closed(postgres_url: str, tmp_path: Path) -> None:
    opened: list[int] = []
    made = service_bench("line", app.make, Settings, admin_url=postgres_url, folder=tmp_path)
    async with made as line, listening(line.service.app.state.parts, opened.append):
        assert opened == []


async def _sent(port: int, context: ssl.SSLContext) -> str:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
        answer = await Sender(reader, writer).send(adt("A31"))
        writer.close()
    except (ssl.SSLError, ConnectionError):
        return ""
    return answer
