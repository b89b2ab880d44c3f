"""EDIFACT: ORDERS in; CONTRL and ORDRSP out. Syntax by ISO 9735, messages by D.96A and D.01B."""
