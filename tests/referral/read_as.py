"""What a Bundle is read as: the referral, its withdrawal, or the rules that it breaks by place."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from carebus.web.fhir.refusing import NotReadable
from services.referral.channels.fhir.arriving import take_in
from services.referral.channels.fhir.reading import read, stating_of
from services.referral.domain import DirectReferral
from services.referral.domain.referring.requests import Withdrawal
from tests.referral.samples import NOW, SECRETS


def referral(bundle: Any) -> DirectReferral:
    """The referral that it is."""
    found, _ = read(orjson.dumps(bundle), NOW)
    assert isinstance(found, DirectReferral)
    return found


def withdrawal(bundle: Any) -> Withdrawal:
    """The withdrawal that it is."""
    found, _ = read(orjson.dumps(bundle), NOW)
    assert isinstance(found, Withdrawal)
    return found


def warned(bundle: Any) -> dict[str, str]:
    """The place and words of each warning."""
    stating = stating_of(take_in(orjson.dumps(bundle)), NOW)
    return {issue.expression: issue.rule for issue in stating.warnings}


def broken(bundle: Any) -> dict[str, str]:
    """The rule broken at each place."""
    raw = bundle if isinstance(bundle, bytes) else orjson.dumps(bundle)
    with pytest.raises(NotReadable) as why:
        read(raw, NOW)
    found = {issue.expression: issue.rule for issue in why.value.issues}
    assert not any(secret in f"{place} {rule}" for place, rule in found.items() for secret in SECRETS)
    return found
