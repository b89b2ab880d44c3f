"""Names that others rely on: streams, and the codes of refusals."""

from oms_core.domain.payment import answers, asking, settling
from oms_core.domain.payment.decider import payment
from tests.support.payment import CLOSE, PAYMENT

CODES = {
    asking.UnknownPayment: "payment.unknown",
    asking.AmountNotPositive: "payment.not_positive",
    asking.NotCapturable: "payment.not_capturable",
    asking.NotRefundable: "payment.not_refundable",
    asking.IntentReused: "payment.intent_reused",
    asking.AuthorizationPending: "payment.other_terms",
    answers.UnknownIntent: "payment.unknown_intent",
    answers.ImpossibleOutcome: "payment.impossible_outcome",
    settling.UnknownMovement: "payment.unknown_movement",
    settling.MovementDiffers: "payment.movement_differs",
}


def test_the_code_of_each_refusal_stays():
    assert {refusal: refusal.code for refusal in CODES} == CODES


def test_a_payment_is_found_by_its_id():
    assert (payment.category, payment.identify(CLOSE)) == ("payment", PAYMENT)
