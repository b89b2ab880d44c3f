"""What another system, such as a CRM, says of a customer: one record there, by its name there.

The last version of a record counts, in whatever order versions arrive. What it says goes on to the
customer; contact data is encrypted with the customer's key before it comes here.
"""
