"""What a letter says of the shop that sends it."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote


class Sender(NamedTuple):
    """The shop: its name, its web site without a slash at the end, and where questions go.

    Without a site there are no links in letters. `zone` is the time zone (IANA) of dates.
    """

    name: str
    site: str = ""
    contact: str = ""
    zone: str = "UTC"

    def link(self, *path: str) -> str:
        """Return the address of a page; nothing, if there is no site."""
        return "/".join((self.site, *(quote(part, safe="") for part in path))) if self.site else ""
