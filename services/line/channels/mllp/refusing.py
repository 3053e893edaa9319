"""Why a message is not taken, as HL7 says it: a code of its table 0357, where, and a sentence without any value."""

from carebus.errors import CarebusError

MISSING, WRONG_TYPE, NOT_KNOWN, TYPE, PROCESSING, SEQUENCE = "101", "102", "103", "200", "202", "100"


class NotTaken(CarebusError):
    """The message is not taken."""

    answer = "AE"
    hl7 = WRONG_TYPE

    def __init__(self, place: str = "") -> None:
        super().__init__(place=place)
        self.place = place


class NoPerson(NotTaken):
    """PID is missing: the message says of nobody."""

    hl7 = SEQUENCE


class NothingThere(NotTaken):
    """{place} is required and empty."""

    hl7 = MISSING


class BadTime(NotTaken):
    """{place} is no time as HL7 writes it, or is later than now."""


class BadEncoding(NotTaken):
    """The text is not in the encoding that MSH-18 names, or that encoding is not known here."""


class NotHl7(NotTaken):
    """This is no message of HL7 version 2: it begins with no MSH, FHS or BHS that can be read."""

    hl7 = SEQUENCE


class WrongCount(NotTaken):
    """The file or batch does not hold as many as {place} says, or does not end: nothing of it was taken."""


class OtherType(NotTaken):
    """Only ADT messages are taken here."""

    answer = "AR"
    hl7 = TYPE


class OtherProcessing(NotTaken):
    """Messages with this processing id (MSH-11) are not taken here."""

    answer = "AR"
    hl7 = PROCESSING


class UnknownSender(NotTaken):
    """No hospital that may send from this network names itself so (MSH-3, MSH-4)."""

    answer = "AR"
    hl7 = NOT_KNOWN


class OverTheLimit(NotTaken):
    """The message is longer than is taken here."""

    answer = "AR"
    hl7 = "207"
