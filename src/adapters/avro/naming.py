"""The names under which our types are known outside: `oms.stock.StockReserved`."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.intake import inbound, replies
from projections.catalog import VIEWS

NAMESPACE = "oms"
OUTSIDE: Mapping[str, str] = {inbound.__name__: "inbound", replies.__name__: "outcome"}
"""What channels say and are told, by the module that declares it."""

DOCUMENTS: Mapping[type, str] = {
    view.document: "".join(word.capitalize() for word in view.name.split("_"))
    for view in VIEWS.values()
}
"""A view's document is named after the view: `CustomerValue` of `customer_value`."""


def boundary_of(kind: type) -> str:
    """Return the boundary or process that declares a type: `stock` of `oms_core.domain.stock`.

    What read models declare is `state`, what channels say and are told `inbound` and `outcome`.
    """
    if kind.__module__ in OUTSIDE:
        return OUTSIDE[kind.__module__]
    package, area, *rest = kind.__module__.split(".")
    if package == "projections":
        return "state"
    return area if area == "kernel" else rest[0]


def full_name(kind: type) -> str:
    """Return the name under which a type is known outside."""
    return f"{NAMESPACE}.{boundary_of(kind)}.{DOCUMENTS.get(kind, kind.__name__)}"
