"""A coupon: a code that may be used so often, in all and by each customer, and never more often."""
