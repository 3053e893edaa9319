"""Forms that a phone kept and its script sends, maybe later: answered in JSON, and taken only from who typed them."""

from http import HTTPStatus

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import ValidationError

from carebus.deciding.commands import Answer
from carebus.errors import CarebusError
from carebus.web.http import caller_of

TYPED_BY = "carebus-typed-by"
"""The header in which a phone's script says whose account typed a form: somebody else may have signed in since."""


class TypedByAnother(CarebusError):
    """Somebody else typed this. It is taken when they sign in."""

    status = HTTPStatus.UNAUTHORIZED


def require_typed_by_caller(request: Request) -> None:
    """Raises TypedByAnother."""
    if is_kept(request) and request.headers[TYPED_BY] != str(caller_of(request).account):
        raise TypedByAnother


def is_kept(request: Request) -> bool:
    """Whether a phone's script sent it, and no person looks at the answer."""
    return TYPED_BY in request.headers


def raise_for_script(request: Request, why: ValidationError | CarebusError) -> None:
    """Raise to a script what a person is shown in the form."""
    if is_kept(request):
        raise RequestValidationError(why.errors()) if isinstance(why, ValidationError) else why


def done(answer: Answer) -> Response:
    """By this, and by nothing else that any network may answer, the script knows that the form arrived."""
    return JSONResponse(answer.body, answer.status)
