"""The e-invoice: UN/CEFACT Cross Industry Invoice, as EN 16931 wants it and Factur-X carries it.

The order of elements is the schema's. BT and BG are the terms of EN 16931-1 that they hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from xml.etree import ElementTree as ET

from adapters.documents.document import Document, Line, TaxSum, Unwritable
from adapters.documents.party import Party
from adapters.money import exponent, major_units

PROFILE = "urn:cen.eu:en16931:2017"
SPACES = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
}
INVOICE, CREDIT_NOTE = "380", "381"
"""Codes of UNTDID 1001."""

CREDIT_TRANSFER = "30"
"""A code of UNTDID 4461."""

PIECE = "C62"
"""One, of UN/ECE Recommendation 20."""

DECIMALS_MAX = 2
"""EN 16931-1 allows amounts no more (BR-DEC-09 and following)."""

OFF_MAX = Decimal(1)
"""By less than this may a tax differ from what its rate leads to (the tests of BR-CO-17)."""


def is_expressible(document: Document) -> bool:
    """Say whether EN 16931 has room for the decimals of the document's currency."""
    return exponent(document.currency) <= DECIMALS_MAX


def cii(document: Document) -> bytes:
    """Return the e-invoice as XML in UTF-8; the same document gives the same bytes.

    :raises Unwritable: if EN 16931 has no room for it.
    """
    _require_expressible(document)
    root = ET.Element("rsm:CrossIndustryInvoice", {f"xmlns:{k}": v for k, v in SPACES.items()})
    guideline = "ram:GuidelineSpecifiedDocumentContextParameter"
    _put(root, f"rsm:ExchangedDocumentContext/{guideline}/ram:ID", PROFILE)
    head = _put(root, "rsm:ExchangedDocument")
    _put(head, "ram:ID", document.number)
    _put(head, "ram:TypeCode", CREDIT_NOTE if document.is_credit else INVOICE)
    _day(head, "ram:IssueDateTime", document.issued_on)
    if document.seller.footer:
        _put(head, "ram:IncludedNote/ram:Content", document.seller.footer)
    trade = _put(root, "rsm:SupplyChainTradeTransaction")
    for line in document.lines:
        _line(trade, line, document)
    _agreement(trade, document)
    delivery = _put(trade, "ram:ApplicableHeaderTradeDelivery")
    if document.delivered_on:
        event = _put(delivery, "ram:ActualDeliverySupplyChainEvent")
        _day(event, "ram:OccurrenceDateTime", document.delivered_on)
    _settlement(trade, document)
    ET.indent(root)
    made: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return made + b"\n"


def _require_expressible(document: Document) -> None:
    if not is_expressible(document):
        rule = f"EN 16931 allows {DECIMALS_MAX} decimals, and this currency has more."
        remedy = "Send the page for people (--pdf); there is no e-invoice in this currency."
        raise Unwritable("currency", document.currency, rule, remedy)
    for tax in document.taxes:
        net, found = (_major(minor, document) for minor in (tax.net_minor, tax.tax_minor))
        wanted = (net * tax.rate / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
        if abs(found - wanted) >= OFF_MAX:
            rule = f"Rounded line by line, the tax of {tax.rate} % is {found}, not {wanted}."
            remedy = "EN 16931 allows less than 1 of a difference: invoice fewer lines at once."
            raise Unwritable("tax", str(found), rule, remedy)


def _line(trade: ET.Element, line: Line, document: Document) -> None:
    """BG-25. A correction of an amount is a piece of nothing but that amount."""
    item = _put(trade, "ram:IncludedSupplyChainTradeLineItem")
    _put(item, "ram:AssociatedDocumentLineDocument/ram:LineID", str(line.number))
    product = _put(item, "ram:SpecifiedTradeProduct")
    if line.sku:
        _put(product, "ram:SellerAssignedID", line.sku)
    _put(product, "ram:Name", line.name)
    quantity = line.quantity or 1
    price = _put(item, "ram:SpecifiedLineTradeAgreement/ram:NetPriceProductTradePrice")
    each, left = divmod(line.net_minor, quantity)
    _put(price, "ram:ChargeAmount", _amount(line.net_minor if left else each, document))
    if left:  # Three for 10.00: no decimal says it per piece.
        _put(price, "ram:BasisQuantity", str(quantity), unitCode=PIECE)
    delivery = _put(item, "ram:SpecifiedLineTradeDelivery")
    _put(delivery, "ram:BilledQuantity", str(quantity), unitCode=PIECE)
    settlement = _put(item, "ram:SpecifiedLineTradeSettlement")
    tax = _put(settlement, "ram:ApplicableTradeTax")
    _put(tax, "ram:TypeCode", "VAT")
    _put(tax, "ram:CategoryCode", _category(document, line.rate))
    _put(tax, "ram:RateApplicablePercent", f"{line.rate:f}")
    summation = "ram:SpecifiedTradeSettlementLineMonetarySummation"
    _put(settlement, f"{summation}/ram:LineTotalAmount", _amount(line.net_minor, document))


def _category(document: Document, rate: Decimal) -> str:
    return next(tax.category for tax in document.taxes if tax.rate == rate)


def _agreement(trade: ET.Element, document: Document) -> None:
    """BG-4 and BG-7: who sells and who buys."""
    agreement = _put(trade, "ram:ApplicableHeaderTradeAgreement")
    seller, buyer = document.seller, document.buyer
    for name, party, number, contact in (
        ("Seller", seller, seller.registration, seller.contact),
        ("Buyer", buyer, "", buyer.contact),
    ):
        element = _put(agreement, f"ram:{name}TradeParty")
        if name == "Buyer":
            _put(element, "ram:ID", document.customer_id)
        _put(element, "ram:Name", party.name)
        if number:
            _put(element, "ram:SpecifiedLegalOrganization/ram:ID", number)
        _contact(element, party, contact)
        _address(element, party)
        if party.vat_id:
            _put(element, "ram:SpecifiedTaxRegistration/ram:ID", party.vat_id, schemeID="VA")
    reference = "ram:SellerOrderReferencedDocument/ram:IssuerAssignedID"
    _put(agreement, reference, document.order_id)


def _contact(element: ET.Element, party: Party, person: str) -> None:
    if not (person or party.phone or party.email):
        return
    contact = _put(element, "ram:DefinedTradeContact")
    if person:
        _put(contact, "ram:PersonName", person)
    if party.phone:
        number = "ram:TelephoneUniversalCommunication/ram:CompleteNumber"
        _put(contact, number, party.phone)
    if party.email:
        _put(contact, "ram:EmailURIUniversalCommunication/ram:URIID", party.email)


def _address(element: ET.Element, party: Party) -> None:
    address = _put(element, "ram:PostalTradeAddress")
    for name, text in (
        ("PostcodeCode", party.postal_code),
        ("LineOne", party.street),
        ("LineTwo", party.street2),
        ("CityName", party.city),
        ("CountryID", party.country),
    ):
        if text:
            _put(address, f"ram:{name}", text)


def _settlement(trade: ET.Element, document: Document) -> None:
    """BG-16 to BG-23: how it is paid, the taxes by rate, and the totals."""
    settlement = _put(trade, "ram:ApplicableHeaderTradeSettlement")
    _put(settlement, "ram:PaymentReference", document.number)
    _put(settlement, "ram:InvoiceCurrencyCode", document.currency)
    if document.seller.iban and not document.is_credit:
        _means(settlement, document)
    for tax in document.taxes:
        _tax(settlement, tax, document)
    terms = _put(settlement, "ram:SpecifiedTradePaymentTerms")
    _put(terms, "ram:Description", document.terms)
    _day(terms, "ram:DueDateDateTime", document.due_on)
    _totals(settlement, document)
    for number in document.preceding:
        _put(settlement, "ram:InvoiceReferencedDocument/ram:IssuerAssignedID", number)


def _means(settlement: ET.Element, document: Document) -> None:
    means = _put(settlement, "ram:SpecifiedTradeSettlementPaymentMeans")
    _put(means, "ram:TypeCode", CREDIT_TRANSFER)
    account = _put(means, "ram:PayeePartyCreditorFinancialAccount")
    _put(account, "ram:IBANID", document.seller.iban)
    _put(account, "ram:AccountName", document.seller.name)
    if document.seller.bic:
        bank = "ram:PayeeSpecifiedCreditorFinancialInstitution/ram:BICID"
        _put(means, bank, document.seller.bic)


def _tax(settlement: ET.Element, tax: TaxSum, document: Document) -> None:
    """BG-23."""
    element = _put(settlement, "ram:ApplicableTradeTax")
    _put(element, "ram:CalculatedAmount", _amount(tax.tax_minor, document))
    _put(element, "ram:TypeCode", "VAT")
    if tax.reason:
        _put(element, "ram:ExemptionReason", tax.reason)
    _put(element, "ram:BasisAmount", _amount(tax.net_minor, document))
    _put(element, "ram:CategoryCode", tax.category)
    _put(element, "ram:RateApplicablePercent", f"{tax.rate:f}")


def _totals(settlement: ET.Element, document: Document) -> None:
    """BG-22."""
    sums = _put(settlement, "ram:SpecifiedTradeSettlementHeaderMonetarySummation")
    net, tax, total = (
        _amount(minor, document)
        for minor in (document.net_minor, document.tax_minor, document.total_minor)
    )
    _put(sums, "ram:LineTotalAmount", net)
    _put(sums, "ram:TaxBasisTotalAmount", net)
    _put(sums, "ram:TaxTotalAmount", tax, currencyID=document.currency)
    _put(sums, "ram:GrandTotalAmount", total)
    _put(sums, "ram:DuePayableAmount", total)


def _put(parent: ET.Element, path: str, text: str = "", **attributes: str) -> ET.Element:
    """Add elements, each within the one before, and return the innermost."""
    for name in path.split("/"):
        parent = ET.SubElement(parent, name)
    parent.attrib.update(attributes)
    parent.text = "".join(_written(text)) or None
    return parent


def _written(text: str) -> Iterator[str]:
    """Leave out what XML 1.0 cannot hold."""
    return (sign if sign.isprintable() else " " for sign in text)


def _day(parent: ET.Element, name: str, day: date) -> None:
    """Add a day in the form of UN/EDIFACT 2379, code 102."""
    _put(parent, f"{name}/udt:DateTimeString", day.strftime("%Y%m%d"), format="102")


def _major(minor: int, document: Document) -> Decimal:
    return major_units(minor, document.currency)


def _amount(minor: int, document: Document) -> str:
    return f"{_major(minor, document):f}"
