"""The rules of a payment, and which command each of them answers."""

from __future__ import annotations

from operator import attrgetter

from oms_core.domain.payment import answers, asking, commands, settling
from oms_core.domain.payment.evolution import evolve
from oms_core.domain.payment.in_house import of_provider, record_card_answer
from oms_core.domain.payment.state import Payment
from oms_core.kernel import Decider, deciding

payment = Decider(
    "payment",
    attrgetter("payment_id"),
    Payment(),
    deciding(
        {
            commands.RequestAuthorization: asking.authorize,
            commands.RequestCapture: asking.capture,
            commands.RequestRefund: asking.refund,
            commands.ClosePayment: asking.close,
            commands.ReportAuthorization: of_provider(answers.report_authorization),
            commands.ReportCapture: of_provider(answers.report_capture),
            commands.ReportVoid: of_provider(answers.report_void),
            commands.ReportRefund: of_provider(answers.report_refund),
            commands.ReportChargeback: of_provider(answers.report_chargeback),
            commands.RecordCardAnswer: record_card_answer,
            commands.ExpireAuthorization: asking.expire,
            commands.RenewAuthorization: asking.renew,
            commands.SettleMovement: settling.settle,
        }
    ),
    evolve,
)
