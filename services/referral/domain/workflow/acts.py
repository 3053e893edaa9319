"""Every act on a referral with what may be asked, and the decision that answers it: one table for all doors."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from carebus.decisions import Decision, Reaction, on
from services.referral.domain.deadlines.table import Office
from services.referral.domain.referring.stated import Request
from services.referral.domain.workflow import (
    amending,
    contacting,
    ending,
    proposing,
    receiving,
    triage,
    waiting,
    withdrawing,
)
from services.referral.domain.workflow import commands as c
from services.referral.domain.workflow.referrals import Intake
from services.referral.domain.workflow.statuses import Act


@dataclass(frozen=True, slots=True)
class Deed:
    """What is sent to do it, the command that this becomes, and the decision."""

    body: type[Request]
    command: type[c.About]
    decide: Callable[..., Decision]

    def reaction(self, office: Office) -> Reaction:
        """The decision as this office takes it."""
        return on(Intake, partial(self.decide, office=office))


DEEDS: dict[Act, Deed] = {
    Act.ACKNOWLEDGE: Deed(c.Nothing, c.AcknowledgeReferral, waiting.acknowledge_receipt),
    Act.AMEND: Deed(c.Amendment, c.AmendReferral, amending.amend),
    Act.ASSIGN: Deed(c.Assignment, c.AssignReferral, waiting.assign),
    Act.REQUEST_INFORMATION: Deed(c.InformationRequest, c.RequestInformation, waiting.request_information),
    Act.SUPPLY_INFORMATION: Deed(c.Supply, c.SupplyInformation, waiting.supply_information),
    Act.TRIAGE: Deed(c.Triage, c.TriageReferral, triage.triage),
    Act.ACCEPT: Deed(c.Acceptance, c.AcceptReferral, triage.accept),
    Act.DECLINE: Deed(c.Decline, c.DeclineReferral, triage.decline),
    Act.RETURN_WITH_ADVICE: Deed(c.Advice, c.ReturnWithAdvice, triage.return_with_advice),
    Act.WAITLIST: Deed(c.Wait, c.WaitlistReferral, triage.waitlist),
    Act.REDIRECT: Deed(c.Redirection, c.RedirectReferral, triage.redirect),
    Act.REQUEST_CANCELLATION: Deed(c.Cancellation, c.RequestCancellation, ending.request_cancellation),
    Act.CANCEL: Deed(c.Cancellation, c.CancelReferral, ending.cancel),
    Act.MARK_ERROR: Deed(c.Nothing, c.MarkError, ending.mark_error),
    Act.ATTEMPT_CONTACT: Deed(c.ContactAttempt, c.AttemptContact, contacting.attempt_contact),
    Act.MAKE_CONTACT: Deed(c.Contact, c.MakeContact, contacting.make_contact),
    Act.DECLARE_UNREACHABLE: Deed(c.Nothing, c.DeclareUnreachable, contacting.declare_unreachable),
    Act.PATIENT_DECLINES: Deed(c.Nothing, c.PatientDeclines, contacting.patient_declines),
    Act.FAIL: Deed(c.Failure, c.FailReferral, contacting.fail),
    Act.CLOSE_LOOP: Deed(c.Nothing, c.CloseLoop, ending.close_loop),
    Act.REOPEN: Deed(c.Nothing, c.ReopenReferral, receiving.reopen),
    Act.TAKE_OVER_CHANGE: Deed(c.Proposed, c.TakeOverChange, proposing.take_over),
    Act.TURN_DOWN_CHANGE: Deed(c.Proposed, c.TurnDownChange, proposing.turn_down),
    Act.TURN_DOWN_CANCELLATION: Deed(c.Answer, c.TurnDownCancellation, withdrawing.turn_down_cancellation),
    Act.WITHDRAW_CANCELLATION: Deed(c.Nothing, c.WithdrawCancellation, withdrawing.withdraw_cancellation),
    Act.HOLD_FOR_IDENTITY: Deed(c.Nothing, c.HoldForIdentity, waiting.hold_for_identity),
    Act.SETTLE_IDENTITY: Deed(c.Nothing, c.SettleIdentity, waiting.settle_identity),
}
