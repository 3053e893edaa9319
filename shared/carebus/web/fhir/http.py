"""What the FHIR door speaks: JSON of R4 in UTF-8, and OperationOutcomes for all that goes wrong."""

import re
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response

from carebus.errors import CarebusError
from carebus.web import LimitedRoute, errors_of
from carebus.web.fhir.refusing import Issue, NotReadable, outcome

MEDIA_TYPE = "application/fhir+json"
SENT_AS = {MEDIA_TYPE, "application/json", "text/json", "application/json+fhir"}
FORM = "application/x-www-form-urlencoded"
R4 = {"4.0", "4.0.0", "4.0.1"}
ISSUE_CODES: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: "login",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.NOT_FOUND: "not-found",
    HTTPStatus.CONFLICT: "conflict",
    HTTPStatus.PRECONDITION_FAILED: "multiple-matches",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too-long",
    HTTPStatus.UNPROCESSABLE_ENTITY: "business-rule",
    HTTPStatus.SERVICE_UNAVAILABLE: "transient",
}
_VERSION = re.compile(r"""fhirversion\s*=\s*"?([^";\s]*)""")
_NOT_WANTED = re.compile(r"q\s*=\s*0(\.0*)?\s*$")


class FhirResponse(JSONResponse):
    """A resource as an answer."""

    media_type = MEDIA_TYPE


class NoSuchDoor(CarebusError):
    """There is no such resource or operation here; /fhir/metadata lists what there is."""

    status = HTTPStatus.NOT_FOUND


class NotDoneHere(CarebusError):
    """That can't be done here; the header Allow says what can."""

    status = HTTPStatus.METHOD_NOT_ALLOWED

    def __init__(self, methods: tuple[str, ...]) -> None:
        super().__init__()
        self.methods = methods


class NotJson(CarebusError):
    """Send a Bundle as application/fhir+json, in UTF-8."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class NotAForm(CarebusError):
    """Send a search as application/x-www-form-urlencoded, in UTF-8."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class Encoded(CarebusError):
    """Send it as it is, without a Content-Encoding."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class OtherVersion(CarebusError):
    """Send FHIR R4: fhirVersion=4.0."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class OnlyJson(CarebusError):
    """Ask for application/fhir+json of FHIR R4: nothing else is spoken here."""

    status = HTTPStatus.NOT_ACCEPTABLE


class FhirRoute(LimitedRoute):
    """A route with larger bodies that answers what goes wrong as an OperationOutcome."""

    MOST = 1024 * 1024

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, its errors told as FHIR tells them."""
        handle = super().get_route_handler()

        async def told(request: Request) -> Response:
            try:
                _require_json_wanted(request)
                return await handle(request)
            except NotReadable as why:
                return FhirResponse(outcome(why.issues), why.answered_with)
            except RequestValidationError as why:
                issues = [Issue("value", rule, field) for field, rule in errors_of(why).items()]
                return FhirResponse(outcome(issues), HTTPStatus.BAD_REQUEST)
            except CarebusError as why:
                headers = {"Allow": ", ".join(why.methods)} if isinstance(why, NotDoneHere) else None
                return FhirResponse(outcome([issue_of(why)]), why.status, headers)

        return told


def refused(why: CarebusError) -> Response:
    """What is said to somebody who may not come in."""
    headers = {"WWW-Authenticate": "Bearer"} if why.status == HTTPStatus.UNAUTHORIZED else None
    return FhirResponse(outcome([issue_of(why)]), why.status, headers)


def issue_of(why: CarebusError, place: str = "") -> Issue:
    """What FHIR says of an error; of a statement also what became of it, which one stands and what would settle it."""
    told = why.more
    said = [str(why)]
    said += [f"What was stated as of {told['stands_since']} stands."] if told.get("stands_since") else []
    said += [told["settled_by"]] if told.get("settled_by") else []
    code = ISSUE_CODES.get(why.status, "not-supported")
    return Issue(code, " ".join(said), place, became=told.get("became", ""))


def require_sent_as(request: Request, kinds: set[str], otherwise: type[CarebusError]) -> None:
    """Raise what is to be said where a body is of another kind, encoding or version of FHIR."""
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Encoded
    kind, _, more = request.headers.get("content-type", "").lower().partition(";")
    if kind.strip() not in kinds or ("charset" in more and "utf-8" not in more):
        raise otherwise
    if not _is_r4(more):
        raise OtherVersion


def _require_json_wanted(request: Request) -> None:
    """Raise OnlyJson when nothing but another form or version would do."""
    wanted = request.query_params.get("_format") or request.headers.get("accept", "*/*")
    if not any(map(_is_spoken, wanted.lower().split(","))):
        raise OnlyJson


def _is_spoken(wanted: str) -> bool:
    named = any(fits in wanted for fits in ("json", "*/*", "application/*", "text/html"))
    return named and _is_r4(wanted) and not _NOT_WANTED.search(wanted)


def _is_r4(parameters: str) -> bool:
    return all(version in R4 for version in _VERSION.findall(parameters))
