"""How a decision says no."""

from __future__ import annotations

from typing import ClassVar


class Rejected(Exception):
    """Raised by a decision to refuse a command. Anticipated, never logged as an error.

    A subclass completes the sentence "rejected because of an ...", carries a stable `code`, and
    says in `remedy` what the sender can do about it. The `detail` names the field and the value.
    """

    code: ClassVar[str] = "rejected"
    remedy: ClassVar[str] = "Correct the command and send it again."

    def __init__(self, detail: str = "") -> None:
        """Take the field and the value that broke the rule."""
        super().__init__(detail)
        self.detail = detail

    def __str__(self) -> str:
        """Say the rule, the value and the remedy in one line."""
        return f"{self.code}: {self.detail} {self.remedy}"
