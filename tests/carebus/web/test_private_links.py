"""Private links: only who has the secret makes one, and nothing else opens."""

from __future__ import annotations

from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from carebus.web.private_links import PrivateLinks

LINKS = PrivateLinks("a secret of some length", "https://referrals.example/status/")


@given(st.uuids())
def test_an_address_leads_back_to_its_id(link_id: UUID) -> None:
    page, _, token = LINKS.address(link_id).rpartition("/")
    assert page == "https://referrals.example/status"
    assert LINKS.read(token) == link_id
    assert token == LINKS.token(link_id)


@given(st.uuids(), st.integers(0, 53), st.sampled_from("AbyZ09-_"))
def test_an_address_with_another_letter_opens_nothing(link_id: UUID, at: int, letter: str) -> None:
    token = LINKS.token(link_id)
    changed = token[:at] + letter + token[at + 1 :]
    assert LINKS.read(changed) == (link_id if changed == token else None)


@given(st.text(max_size=80))
def test_whatever_is_typed_is_read_or_refused(text: str) -> None:
    assert LINKS.read(text) is None


def test_another_secret_opens_nothing() -> None:
    link_id = uuid4()
    assert PrivateLinks("another secret", "https://x.example").read(LINKS.token(link_id)) is None
    assert PrivateLinks("another secret", "https://x.example").token(link_id) != LINKS.token(link_id)
