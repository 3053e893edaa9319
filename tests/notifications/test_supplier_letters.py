"""Letters to suppliers: a private link and nobody's name, none while a death is reported or after a cancellation."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from carebus.contracts.care_plan import CareHeld, CareResumed
from carebus.contracts.equipment import DmeOrderCancelled, DmeOrdered, Supplier
from carebus.contracts.notifications import FailureReason, SupplierLetterFailed, SupplierLetterSent
from carebus.testing import START, Bench, assert_published
from carebus.web.private_links import PrivateLinks
from tests.benches import until
from tests.examples import example
from tests.notifications.conftest import HELP_LINE, MailServer, notifications_bench, working
from tests.notifications.test_summary_letters import said
from tests.told import accepted, contact

P, ORDER = UUID(int=81), UUID(int=82)
SECRET = "o" * 40
LINKS = PrivateLinks(SECRET, "https://care.example/equipment/orders")


def ordered(email: str = "orders@acme.example", n: int = 1) -> DmeOrdered:
    """Something is ordered."""
    supplier = Supplier(supplier_id="acme", name="Acme Medical")
    order_id = UUID(int=ORDER.int + n - 1)
    return example(DmeOrdered, order_id=order_id, link_id=UUID(int=n), supplier=supplier, email=email, ordered_at=START)


@pytest.fixture
async def linking(postgres_url: str, tmp_path: Path, mail_server: MailServer) -> AsyncIterator[Bench]:
    more = {"order_link_secret": SECRET, "equipment_url": "https://care.example/equipment"}
    async with notifications_bench(postgres_url, tmp_path, mail_server.port, **more) as bench:
        yield bench


async def sent(bench: Bench, many: int = 1) -> None:
    """Until so many letters were told as sent."""

    async def enough() -> bool:
        return len(await bench.published(SupplierLetterSent)) >= many

    async with working(bench):
        await until(enough)


async def test_the_letter_leads_to_the_order_and_names_nobody(linking: Bench, mail_server: MailServer) -> None:
    await linking.hears(ordered(), patient=P, times=2)
    await sent(linking)
    (mail,) = mail_server.taken
    assert (mail["To"], mail["Subject"]) == ("orders@acme.example", "An order of equipment for you")
    for kind in ("plain", "html"):
        text = said(mail, kind).replace("=\n", "")
        assert LINKS.address(UUID(int=1)) in text
        assert HELP_LINE in text
        assert str(P) not in text
        assert str(ORDER) not in text
    (told,) = await assert_published(linking, SupplierLetterSent, patient=P)
    assert told.order_id == ORDER


async def test_what_is_no_address_is_told_and_without_one_the_order_is_printed(linking: Bench) -> None:
    await linking.hears(ordered("not an address"), patient=P, times=2)
    await linking.hears(ordered("", 2), patient=P)
    (told,) = await assert_published(linking, SupplierLetterFailed, patient=P)
    assert (told.order_id, told.reason) == (ORDER, FailureReason.REJECTED)


async def test_a_letter_of_an_order_that_was_cancelled_does_not_leave(linking: Bench, mail_server: MailServer) -> None:
    await linking.hears(ordered(), patient=P)
    await linking.hears(example(DmeOrderCancelled, order_id=ORDER), patient=P, times=2)
    await linking.hears(ordered(n=2), patient=P)
    await sent(linking)
    (mail,) = mail_server.taken
    assert LINKS.address(UUID(int=2)) in said(mail).replace("=\n", "")


async def test_while_a_death_is_reported_the_letter_waits_and_leaves_when_care_goes_on(
    linking: Bench, mail_server: MailServer
) -> None:
    other = UUID(int=90)
    await linking.hears(accepted(told=contact()), patient=P)
    hold = example(CareHeld, held_at=START)
    await linking.hears(hold, patient=P)
    await linking.hears(ordered(), patient=P)
    await linking.hears(ordered(n=2), patient=other)
    await sent(linking)
    assert [LINKS.address(UUID(int=2)) in said(one).replace("=\n", "") for one in mail_server.taken] == [True]
    await linking.hears(example(CareResumed, hold_id=hold.hold_id, resumed_at=START), patient=P)
    await sent(linking, 2)
    assert len(mail_server.taken) == 2
