"""What those inside see of the messages: how each stands, and names and addresses only masked."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from carebus.testing import Bench
from services.notifications.settings import Settings
from tests.told import accepted, completed, contact, scheduled, team

P = UUID(int=77)


async def test_the_list_tells_how_each_message_stands_and_masks_the_recipient(notifications: Bench) -> None:
    await notifications.hears(accepted(told=contact()), team(), patient=P)
    await notifications.passes(hours=1)
    await notifications.hears(scheduled(), patient=P)
    answer = await notifications.http.get("/api/notifications")
    newest, oldest = answer.json()["items"]
    assert (newest["topic"], oldest["topic"]) == ("visit_planned", "care_team")
    assert newest["status"] == "queued"
    assert newest["patient_id"] == str(P)
    assert (newest["recipient"], newest["address"]) == ("K. Z.", "k•••@families.example")
    assert not any(secret in answer.text for secret in ("Zyxmarker", "karen.z", "María"))


async def test_the_list_can_be_of_one_patient_of_one_status_and_short(notifications: Bench) -> None:
    await notifications.hears(accepted(told=contact()), team(), scheduled(), patient=P)
    other = uuid4()
    await notifications.hears(accepted(), team(), patient=other)
    get = notifications.http.get
    assert len((await get("/api/notifications")).json()["items"]) == 3
    (withheld,) = (await get("/api/notifications", params={"patient_id": str(other)})).json()["items"]
    assert (withheld["status"], withheld["reason"], withheld["address"]) == ("suppressed", "no_contact", None)
    assert len((await get("/api/notifications?status=queued")).json()["items"]) == 2
    assert len((await get("/api/notifications?limit=1")).json()["items"]) == 1


@pytest.mark.parametrize("query", ["limit=0", "limit=2000", "patient_id=x", "status=x"])
async def test_a_question_that_makes_no_sense_is_a_problem(notifications: Bench, query: str) -> None:
    answer = await notifications.http.get(f"/api/notifications?{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_page_shows_the_same(notifications: Bench) -> None:
    await notifications.hears(accepted(told=contact()), team(), completed(), patient=P)
    await notifications.hears(accepted(told=contact(email=None)), team(), patient=uuid4())
    page = (await notifications.http.get("/", headers={"Accept": "text/html"})).text
    assert "K. Z." in page
    assert "There is no usable e-mail address." in page
    assert not any(secret in page for secret in ("Zyxmarker", "karen.z", "María"))
    only = (await notifications.http.get(f"/?patient_id={P}&status=queued")).text
    assert "no usable" not in only


async def test_an_empty_list_says_so(notifications: Bench) -> None:
    assert "No messages to show." in (await notifications.http.get("/")).text


@pytest.mark.parametrize(
    ("url", "upgrade", "tls", "port"),
    [
        ("smtp://127.0.0.1:8125", None, False, 8125),
        ("smtp://mail.example", True, False, 587),
        ("smtps://mail.example", False, True, 465),
        ("smtp://localhost", None, False, 587),
    ],
)
def test_mail_leaves_this_machine_encrypted_only(url: str, upgrade: bool | None, tls: bool, port: int) -> None:
    settings = _settings(smtp_url=url)
    assert (settings.mail_upgrade, settings.mail_tls, settings.mail_port) == (upgrade, tls, port)


def test_the_sign_in_of_the_mail_server_can_be_in_its_address_and_is_not_shown() -> None:
    settings = _settings(smtp_url="smtps://care:p%40ss@mail.example")
    assert settings.mail_login == ("care", "p@ss")
    assert "p%40ss" not in repr(settings)


@pytest.mark.parametrize("wrong", [{"smtp_url": "http://x"}, {"smtp_url": "smtp://"}, {"mail_from": "a@b\r\nX: y"}])
def test_settings_that_cannot_work_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        _settings(**wrong)


def _settings(**given: str) -> Settings:
    known = {
        "database_url": "postgresql://x",
        "kafka_bootstrap_servers": "x:1",
        "smtp_url": "smtp://127.0.0.1:1",
        "mail_from": "care@carebus.example",
    }
    return Settings.model_validate(known | given)
