"""What a telephone system is told whose word can't be taken."""

from http import HTTPStatus

from carebus.errors import CarebusError


class NotSigned(CarebusError):
    """The signature does not fit: another secret, another body, or it is older than five minutes."""

    status = HTTPStatus.UNAUTHORIZED


class NotSetUp(CarebusError):
    """This telephone system is not set up here. The operator gives its secret."""

    status = HTTPStatus.NOT_FOUND


class NotRead(CarebusError):
    """{name}: {rule}"""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
