"""What stands on the page beside the data, in the languages that customers read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

Language = Literal["en", "ko"]


class Words(NamedTuple):
    """The labels of a page. Those with `{}` are filled in."""

    invoice: str
    credit_note: str
    correction: str
    number: str
    issued_on: str
    delivered_on: str
    due_on: str
    order: str
    customer: str
    preceding: str
    terms: str
    bill_to: str
    vat_id: str
    registration: str
    item: str
    description: str
    quantity: str
    price: str
    rate: str
    net: str
    tax: str
    gross: str
    total: str
    due: str
    credited: str
    pay: str
    credit: str
    account: str
    bank: str
    reference: str
    page: str
    net_days: str
    at_once: str


EN = Words(
    invoice="Invoice",
    credit_note="Credit note",
    correction="Credit note (correction)",
    number="Number",
    issued_on="Date",
    delivered_on="Date of supply",
    due_on="Due date",
    order="Order",
    customer="Customer",
    preceding="Refers to",
    terms="Terms",
    bill_to="Bill to",
    vat_id="VAT no.",
    registration="Reg. no.",
    item="Item",
    description="Description",
    quantity="Qty",
    price="Unit price",
    rate="VAT %",
    net="Net",
    tax="VAT",
    gross="Gross",
    total="Total",
    due="Amount due",
    credited="Amount credited",
    pay="Please pay {amount} by {day}.",
    credit="{amount} is credited to your account.",
    account="IBAN",
    bank="Bank",
    reference="Payment reference",
    page="Page {page} of {pages}",
    net_days="{days} days net",
    at_once="due at once",
)

KO = Words(
    invoice="청구서",
    credit_note="대변전표",
    correction="대변전표 (정정)",
    number="번호",
    issued_on="발행일",
    delivered_on="공급일",
    due_on="지급 기한",
    order="주문",
    customer="고객",
    preceding="관련 청구서",
    terms="지급 조건",
    bill_to="청구처",
    vat_id="부가세 번호",
    registration="등록 번호",
    item="품목",
    description="내역",
    quantity="수량",
    price="단가",
    rate="세율 %",
    net="공급가액",
    tax="세액",
    gross="합계",
    total="총액",
    due="청구 금액",
    credited="공제 금액",
    pay="{day}까지 {amount}을(를) 지급해 주십시오.",
    credit="{amount}이(가) 고객 계정에 적립됩니다.",
    account="IBAN",
    bank="은행",
    reference="지급 참조 번호",
    page="{page} / {pages} 쪽",
    net_days="{days}일 이내",
    at_once="즉시 지급",
)

WORDS: Mapping[Language, Words] = {"en": EN, "ko": KO}
