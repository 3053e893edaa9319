"""A call follows protocols: each begins with the version in force and goes on with that one."""

from typing import Annotated

from pydantic import Field

from carebus.contracts.line import Nurse
from carebus.contracts.phi import Phi
from carebus.decisions import Cause, Command, Decision, changed
from carebus.errors import CarebusError
from services.line.domain.calls.call import Call, require_own
from services.line.domain.calls.runs import MOST_RUNS, ProtocolRun
from services.line.domain.protocols.judging import judge
from services.line.domain.protocols.model import MOST_QUESTIONS, Language, Protocol
from services.line.domain.protocols.typed import Typed, answers_of

Text = Annotated[Protocol | None, Field(exclude=True)]
"""The text of the protocol, which the service adds: nobody sends it, and it does not make a command another one."""


class ProtocolUnknown(CarebusError):
    """No protocol of this name is in force."""

    status = 422
    field = "protocol"


class TooManyProtocols(CarebusError):
    """This call follows so many protocols already. Go on with one of them."""

    status = 409


class NotFollowed(CarebusError):
    """This call does not follow that protocol. Choose it first."""

    status = 409


class StartProtocol(Command):
    """The call follows this protocol from now on, or again; the caller is asked in this language."""

    nurse: Nurse
    protocol: Annotated[str, Field(max_length=60)]
    language: Language = Language.ENGLISH
    text: Text = None


class AnswerQuestions(Command):
    """All that the caller has answered by now. What is left out is not answered, which is never no."""

    nurse: Nurse
    protocol: Annotated[str, Field(max_length=60)]
    answers: Annotated[Typed, Phi.TEXT, Field(max_length=MOST_QUESTIONS)] = {}
    text: Text = None


def start_protocol(call: Call, start: StartProtocol, cause: Cause) -> Decision:
    """One that was begun goes on with its answers and its version."""
    require_own(call, start.nurse)
    if (begun := call.run(start.protocol)) is not None:
        return changed(_with(call, begun.model_copy(update={"language": start.language})))
    if start.text is None:
        raise ProtocolUnknown
    if len(call.runs) >= MOST_RUNS:
        raise TooManyProtocols
    return changed(_with(call, _begun(start.text, start.language, cause)))


def answer_questions(call: Call, said: AnswerQuestions, cause: Cause) -> Decision:
    """What the answers come to stands beside them at once."""
    require_own(call, said.nurse)
    run = call.run(said.protocol)
    if run is None or said.text is None or (said.text.id, said.text.version) != (run.protocol, run.version):
        raise NotFollowed
    answers = answers_of(said.text, said.answers)
    found = judge(said.text, answers)
    became = {"proposed": found.proposed, "step": found.step, "possible": found.possible, "open": found.open}
    return changed(_with(call, run.model_copy(update={**became, "answers": answers, "answered_at": cause.now})))


def _begun(text: Protocol, language: Language, cause: Cause) -> ProtocolRun:
    found = judge(text, {})
    return ProtocolRun(
        protocol=text.id,
        version=text.version,
        digest=text.digest,
        language=language,
        possible=found.possible,
        open=found.open,
        started_at=cause.now,
    )


def _with(call: Call, run: ProtocolRun) -> Call:
    """The call with this run, which is the one followed now: the last."""
    others = tuple(one for one in call.runs if one.protocol != run.protocol)
    return call.but(runs=(*others, run))
