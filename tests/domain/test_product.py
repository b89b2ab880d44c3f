"""What an item is: its codes, its measures, its cost."""

import pytest
from msgspec.structs import replace

from oms_core.domain.product.commands import (
    AssignGtin,
    ChangeSku,
    DiscontinueProduct,
    MeasureProduct,
    RegisterProduct,
    SetCost,
)
from oms_core.domain.product.decider import (
    MissingSku,
    Product,
    UnknownProduct,
    WrongGtin,
    WrongMeasure,
    product,
)
from oms_core.domain.product.events import (
    CostSet,
    Dimensions,
    GtinAssigned,
    ProductDiscontinued,
    ProductMeasured,
    ProductRegistered,
    SkuChanged,
)
from tests.support.spec import Specification

given = Specification(product)

BOX, CRATE = Dimensions(100, 90, 80), Dimensions(300, 200, 100)
GTIN = "4006381333931"
register = RegisterProduct("I1", "MUG", "Mug", GTIN, 350, BOX, 420, "EUR")
REGISTERED = ProductRegistered("I1", "MUG", "Mug", GTIN, 350, BOX, 420, "EUR")

CHANGES = (
    ChangeSku("I1", "CUP"),
    AssignGtin("I1", "96385074"),
    MeasureProduct("I1", 360, CRATE),
    SetCost("I1", 430, "USD"),
    DiscontinueProduct("I1"),
)
CHANGED = (
    SkuChanged("I1", "MUG", "CUP"),
    GtinAssigned("I1", "96385074"),
    ProductMeasured("I1", 360, CRATE),
    CostSet("I1", 430, "USD"),
    ProductDiscontinued("I1"),
)


EACH = list(zip(CHANGES, CHANGED, strict=True))


def test_an_item_is_registered_with_all_that_is_known_of_it():
    given().when(register).then(REGISTERED)
    assert product.fold((REGISTERED,)) == Product("MUG", GTIN, 350, BOX, 420, "EUR")


def test_an_item_may_be_registered_with_no_more_than_its_code():
    given().when(RegisterProduct("I1", "MUG", "Mug")).then(ProductRegistered("I1", "MUG", "Mug"))


def test_what_is_not_known_of_an_item_is_nothing():
    known = product.fold((ProductRegistered("I1", "MUG", "Mug"),))
    assert known == Product("MUG", "", 0, None, 0, "")
    assert (Product().weight_g, Product().cost_minor) == (0, 0)


def test_an_item_is_registered_once_under_whatever_code():
    given(REGISTERED).when(register).then_nothing()
    given(REGISTERED).when(replace(register, sku="CUP")).then_nothing()


@pytest.mark.parametrize(("command", "event"), EACH)
def test_an_item_can_be_changed(command, event):
    given(REGISTERED).when(command).then(event)


@pytest.mark.parametrize(("command", "event"), EACH)
def test_a_change_is_made_once(command, event):
    given(REGISTERED, event).when(command).then_nothing()


@pytest.mark.parametrize("command", CHANGES)
def test_an_item_that_we_do_not_deal_in_cannot_be_changed(command):
    given().when(command).then_rejected(UnknownProduct, "item_id is not known.")


def test_all_changes_add_up():
    assert product.fold((REGISTERED, *CHANGED)) == Product(
        "CUP", "96385074", 360, CRATE, 430, "USD", discontinued=True
    )


def test_every_code_that_an_item_had_is_told():
    again = SkuChanged("I1", "CUP", "MUG")
    given(REGISTERED, CHANGED[0]).when(ChangeSku("I1", "MUG")).then(again)


def test_an_item_needs_a_code():
    given().when(replace(register, sku="")).then_rejected(MissingSku, "sku is empty.")
    given(REGISTERED).when(ChangeSku("I1", "")).then_rejected(MissingSku, "sku is empty.")


def test_a_barcode_needs_the_right_check_digit():
    wrong = "4006381333932"
    given().when(replace(register, gtin=wrong)).then_rejected(WrongGtin, f"gtin is '{wrong}'.")
    given(REGISTERED).when(AssignGtin("I1", wrong)).then_rejected(WrongGtin, f"gtin is '{wrong}'.")
    given(REGISTERED).when(AssignGtin("I1", "")).then_rejected(WrongGtin, "gtin is ''.")


@pytest.mark.parametrize("sides", [(0, 1, 1), (1, 0, 1), (1, 1, 0), (-1, 1, 1)])
def test_nothing_has_no_length(sides):
    flat = Dimensions(*sides)
    given().when(replace(register, dimensions=flat)).then_rejected(
        WrongMeasure, f"weight_g is 350 and dimensions {flat!r}."
    )
    given(REGISTERED).when(MeasureProduct("I1", 1, flat)).then_rejected(WrongMeasure)


def test_the_smallest_thing_is_a_gram_and_a_millimetre():
    speck = Dimensions(1, 1, 1)
    given(REGISTERED).when(MeasureProduct("I1", 1, speck)).then(ProductMeasured("I1", 1, speck))
    given(REGISTERED).when(MeasureProduct("I1", 0, speck)).then_rejected(
        WrongMeasure, "weight_g is 0."
    )
    given().when(replace(register, weight_g=-1)).then_rejected(WrongMeasure)


def test_a_new_weight_or_a_new_size_is_a_new_measure():
    wide = Dimensions(100, 95, 80)
    given(REGISTERED).when(MeasureProduct("I1", 350, wide)).then(ProductMeasured("I1", 350, wide))
    given(REGISTERED).when(MeasureProduct("I1", 350, BOX)).then_nothing()


@pytest.mark.parametrize(("cost", "currency"), [(-1, "EUR"), (1, ""), (0, "euro"), (1, "eur")])
def test_a_cost_is_not_negative_and_has_a_currency(cost, currency):
    detail = f"cost_minor is {cost} and cost_currency {currency!r}."
    given().when(replace(register, cost_minor=cost, cost_currency=currency)).then_rejected(
        WrongMeasure, detail
    )
    given(REGISTERED).when(SetCost("I1", cost, currency)).then_rejected(WrongMeasure, detail)


def test_an_item_may_cost_nothing():
    given(REGISTERED).when(SetCost("I1", 0, "EUR")).then(CostSet("I1", 0, "EUR"))
    given(REGISTERED).when(SetCost("I1", 420, "USD")).then(CostSet("I1", 420, "USD"))
