"""Intake: what channels send is read, judged document by document, and put to the engine."""
