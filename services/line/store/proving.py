"""Proves protocols and tells versions apart, for those who write them and for the checks that every change passes."""

from collections.abc import Sequence
from pathlib import Path

from carebus.errors import BrokenRule
from carebus.reasoning.files import sentence
from carebus.reasoning.proving import Proved, RuleChange, RuleProofs
from services.line.domain.protocols.comparing import difference
from services.line.domain.protocols.proofs import faults
from services.line.domain.protocols.tables import space_of
from services.line.store.protocols import OWN, ProtocolBroken, protocol_files, read


def prove(places: Sequence[Path]) -> list[Proved]:
    """The protocols of these files and folders, each with what is wrong with it."""
    return [_proved(file) for place in places or (OWN,) for file in protocol_files(place)]


def compare(old: Path, new: Path) -> RuleChange:
    """What the new version changes. Raises ProtocolBroken."""
    try:
        return difference(read(old), read(new))
    except BrokenRule as why:
        raise ProtocolBroken(file=new.name, why=sentence(str(why))) from None


def _proved(file: Path) -> Proved:
    try:
        protocol = read(file)
        return Proved(file.name, protocol.name, space_of(protocol).size, tuple(faults(protocol)))
    except (ProtocolBroken, BrokenRule) as why:
        return Proved(file.name, "", 0, (sentence(str(why)),))


PROOFS = RuleProofs(prove, compare)
