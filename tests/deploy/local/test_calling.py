"""What families say at night in the simulated clinic comes to what they are advised, by the protocols in force."""

from __future__ import annotations

import pytest

from deploy.local.calling import SAID, Complaint
from services.line.domain.protocols import judge
from services.line.domain.protocols.typed import answers_of
from services.line.store.protocols import protocol_book


@pytest.mark.parametrize("complaint", [one for one in SAID if one.protocol], ids=lambda one: one.protocol)
def test_each_complaint_comes_to_what_is_advised(complaint: Complaint) -> None:
    (protocol,) = [one for one in protocol_book().protocols if one.id == complaint.protocol]
    outcome = judge(protocol, answers_of(protocol, complaint.answers))
    assert (outcome.proposed, outcome.is_settled) == (complaint.disposition, True)
