"""Goods that take weeks: what a bank has set aside for them stays so until they leave."""

from __future__ import annotations

from msgspec.structs import replace

from adapters.deadlines import Timekeeper, expiry
from adapters.payments.simulated import LIFETIME_DAYS, Fate, Odds
from oms_core.domain.fulfilment.commands import ShipFulfilment
from oms_core.domain.order.commands import RecordReturn, ReplaceTender, ResolveHold, ReturnLine
from oms_core.domain.order.events import (
    Disposition,
    OnShortage,
    OrderCancelled,
    TenderRenewalDeclined,
    TenderRenewalRequested,
    TenderRenewed,
)
from oms_core.domain.payment import events as paid
from oms_core.domain.payment.commands import Outcome, ReportAuthorization
from oms_core.domain.stock.commands import ExpectSupply
from oms_core.kernel import Instant
from oms_core.policies.config import EUROPE_AND_ASIA, Policies
from oms_core.policies.renewing import Renewing
from projections.books import Books
from projections.catalog import VIEWS
from tests.support.lab import (
    QUIET,
    START,
    Lab,
    engine_on,
    gateways_money,
    open_authorizations,
    our_money,
)
from tests.support.shop import names, placement, receipt

DAY = 86_400
DAY_MICROS = DAY * 1_000_000
ORDER, FIRST, SECOND, THIRD = "web:1", "web:1/p1", "web:1/p1~2", "web:1/p1~3"
MUGS_AND_CUPS = placement(1, ("MUG", 1), ("CUP", 2), on_shortage=OnShortage.SPLIT)


class PatientShop(Lab):
    """A shop that keeps time: every alarm rings, each of them twice."""

    def __init__(
        self,
        script: dict[str, Fate] | None = None,
        odds: Odds = QUIET,
        policies: Policies = EUROPE_AND_ASIA,
    ) -> None:
        """Sell a mug that is there and two cups that are not; `script` is by key, not operation."""
        self.policies = policies
        super().__init__(odds=odds)
        self.gateway.fates = lambda key, _: (script or {}).get(key, Fate.DONE)
        self.timekeeper, self.heard = Timekeeper(), 0
        self.ask(receipt("MUG", 5), MUGS_AND_CUPS)
        self.days(0)

    def open(self) -> None:
        """Open the shop, with choices of its own."""
        super().open()
        self.engine = engine_on(self.disk, lambda: self.now, self.policies)

    def days(self, count: int) -> None:
        """Let days go by, and everything happen that is due in them, hour by hour."""
        until = self.now + count * DAY_MICROS
        self.settle()
        while self.now < until:
            self.wait(3_600)
            page = self.log.read(self.heard, 10_000)
            self.heard += len(page)
            self.timekeeper.hear(page)
            for deadline in self.timekeeper.due(self.now):
                self.ask(expiry(deadline, self.now), expiry(deadline, self.now))
            self.settle()

    def shown(self, view: str, key: str):
        """Return a document of a read model, as it is now."""
        return VIEWS[view].fold(self.history())[key]

    def standings(self) -> dict[str, str]:
        """Return how certain each payment of the order is."""
        payments = VIEWS["payments"].fold(self.history())
        return {name: payment.standing for name, payment in payments.items()}

    def ended_well(self) -> None:
        """Both books say the same, nothing is set aside, and every sum is right."""
        assert our_money(self.events()) == gateways_money(self.gateway)
        assert open_authorizations(self.gateway, self.now) == set()
        books = Books()
        for recorded in self.history():
            books.add(recorded)
        books.close()
        assert books.findings == []


def test_cups_that_take_ten_weeks_are_paid_for_when_they_leave_and_the_mug_when_it_left():
    shop = PatientShop()
    shop.ask(ShipFulfilment("web:1/f1.1"))
    shop.days(70)
    assert shop.standings() == {FIRST: "voided", SECOND: "voided", THIRD: "authorized"}
    shop.ask(receipt("CUP", 2), ShipFulfilment("web:1/f2.1"))
    shop.days(1)
    assert gateways_money(shop.gateway) == {FIRST: (1_000, 0), THIRD: (2_000, 0)}
    assert shop.shown("orders", ORDER).state == "completed"
    assert shop.count(TenderRenewed) == 2
    shop.ended_well()


def test_what_comes_back_is_given_back_to_the_payment_that_paid_for_it():
    shop = PatientShop()
    shop.ask(ShipFulfilment("web:1/f1.1"))
    shop.days(40)
    shop.ask(receipt("CUP", 2), ShipFulfilment("web:1/f2.1"))
    shop.days(1)
    lines = (ReturnLine("web:1/1", 1), ReturnLine("web:1/2", 1))
    shop.ask(RecordReturn(ORDER, "R-1", lines, Disposition.RESTOCK, "LYON"))
    shop.days(1)
    assert gateways_money(shop.gateway) == {FIRST: (1_000, 1_000), SECOND: (2_000, 1_000)}
    shop.ended_well()


def test_p6_at_no_time_can_more_be_taken_than_the_order_costs():
    """Between the new promise and the end of the old one both are set aside; one is taken from."""
    shop = PatientShop()
    for _ in range(70):
        shop.days(1)
        takeable = [
            p.authorized_minor - p.captured_minor
            for p in VIEWS["payments"].fold(shop.history()).values()
            if p.standing == "authorized" and not p.closed
        ]
        assert takeable == [3_000]
    assert len(open_authorizations(shop.gateway, shop.now)) == 1


def test_a_card_that_is_declined_meanwhile_holds_the_order_with_an_owner_until_it_lapses():
    shop = PatientShop({f"{SECOND}:authorize:1": Fate.REFUSED})
    shop.ask(ExpectSupply("CUP", "PO-1", "LYON", 2, Instant(START + 80 * DAY_MICROS)))
    shop.days(29)
    assert shop.count(TenderRenewalDeclined) == 1
    (hold,) = shop.shown("holds", ORDER).holds
    assert (hold.kind, hold.owner, hold.blocks) == ("payment", "customer care", ("release",))
    assert hold.reason == (f"{FIRST} cannot be authorized anew: declined; it lapses on 2026-02-04")
    assert shop.standings() == {FIRST: "authorized", SECOND: "declined"}
    shop.days(2)
    assert shop.shown("orders", ORDER).state == "cancelled"
    assert shop.standings() == {FIRST: "expired", SECOND: "declined"}
    shop.ended_well()


def test_a_person_may_let_it_leave_before_it_lapses():
    shop = PatientShop({f"{SECOND}:authorize:1": Fate.REFUSED})
    shop.days(29)
    shop.ask(receipt("CUP", 2), ResolveHold(ORDER, f"renewal:{SECOND}", "leaves today"))
    shop.ask(ShipFulfilment("web:1/f1.1"), ShipFulfilment("web:1/f2.1"))
    shop.days(1)
    assert gateways_money(shop.gateway) == {FIRST: (3_000, 0)}
    assert shop.shown("orders", ORDER).state == "completed"
    shop.ended_well()


def test_a_customer_whose_card_is_declined_may_name_another():
    shop = PatientShop({f"{SECOND}:authorize:1": Fate.REFUSED})
    shop.ask(ShipFulfilment("web:1/f1.1"))
    shop.days(29)
    shop.ask(ReplaceTender(ORDER, FIRST, "tok-2"), ReplaceTender(ORDER, FIRST, "tok-2"))
    shop.days(1)
    assert VIEWS["holds"].fold(shop.history()) == {}
    assert shop.standings() == {FIRST: "voided", SECOND: "declined", THIRD: "authorized"}
    shop.ask(receipt("CUP", 2), ShipFulfilment("web:1/f2.1"))
    shop.days(1)
    assert gateways_money(shop.gateway) == {FIRST: (1_000, 0), THIRD: (2_000, 0)}
    shop.ended_well()


def test_p6_a_renewal_whose_answer_is_lost_is_found_and_not_asked_for_again():
    shop = PatientShop({f"{SECOND}:authorize:1": Fate.DONE_UNHEARD})
    shop.days(31)
    assert shop.gateway.calls[f"{SECOND}:authorize:1"] == 1
    assert shop.count(TenderRenewalRequested) == shop.count(TenderRenewed) == 1
    assert shop.standings() == {FIRST: "voided", SECOND: "authorized"}


def test_p4_a_renewal_that_succeeds_after_the_order_has_lapsed_is_let_go_of():
    idle = Odds(action_abandoned=1_000, message_none=1_000, query_unheard=0)
    shop = PatientShop({f"{SECOND}:authorize:1": Fate.ACTION}, idle)
    shop.days(31)
    assert shop.shown("orders", ORDER).state == "cancelled"
    shop.ask(ReportAuthorization(SECOND, Outcome.SUCCEEDED, "ref-late"))
    assert names(shop.streams()[f"payment:{SECOND}"])[-2:] == [
        "AuthorizationSucceeded",
        "VoidRequested",
    ]
    assert shop.count(OrderCancelled) == 1


def test_a_shop_that_renews_nothing_lets_the_order_lapse():
    shop = PatientShop(policies=replace(EUROPE_AND_ASIA, renewing=Renewing(0)))
    shop.days(LIFETIME_DAYS + 1)
    assert shop.shown("orders", ORDER).state == "cancelled"
    assert shop.standings() == {FIRST: "expired"}
    assert shop.count(paid.AuthorizationLapseAnnounced) == 0
    shop.ended_well()
