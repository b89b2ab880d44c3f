"""Whole worlds, small ones, with everything that can go wrong going wrong."""
