"""One tender of an order: authorized, captured as goods leave, voided or refunded.

Asking is not having: every step is requested, and the provider's answer is another event. An answer
that did not come is `unknown`, and is settled by asking the provider, never by asking again for
money. Cash needs no provider: its requests are answered at once.
"""
