"""What must be there before a delivered request is closed without the resident's confirmation (R7, R8)."""

from __future__ import annotations

from .errors import Refused
from .help_request import Delivered, HelpRequest
from .kind import Proof
from .record import LineKind, standing
from .values import Code, RequestId

UNRESPONSIVE = "unresponsive"
"""The one reason that stands for a confirmation and for a proof: nobody could be reached."""


def check_closing(request: RequestId, state: HelpRequest, *, reason: Code) -> None:
    """
    Refuse to close what its kind does not let close yet.

    Notes
    -----
    A token is the resident's own word, so it stands for a confirmation; a photo does not. Who cannot
    be reached at all is the reason `unresponsive`, and the log says so: closed means confirmed, or says
    why not (requirements part D, 10).

    Raises
    ------
    Refused
        ``confirmation_needed``, ``proof_needed``.
    """
    if not isinstance(state, Delivered) or reason == UNRESPONSIVE:
        return
    proofs = {line.code for line in standing(state.record, LineKind.PROOF)}
    if state.terms.needs_confirmation and Proof.TOKEN not in proofs:
        raise Refused(
            "confirmation_needed",
            f"Request {request} closes only when the resident has confirmed. Confirm it on their behalf when they "
            f"said so, or close it as {UNRESPONSIVE}.",
            request=request,
        )
    if state.terms.proof is not Proof.NONE and not proofs & {state.terms.proof, Proof.TOKEN}:
        raise Refused(
            "proof_needed",
            f"Request {request} closes unconfirmed only with a {state.terms.proof}. Record it, let the resident "
            f"confirm, or close it as {UNRESPONSIVE}.",
            request=request,
        )
