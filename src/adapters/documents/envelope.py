"""The metadata that makes a PDF a PDF/A-3 and a Factur-X: Factur-X 1.0, and ISO 19005-3, 6.6."""

from __future__ import annotations

from xml.sax.saxutils import escape

FILE_NAME = "factur-x.xml"
SPACE = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
PROPERTIES = (
    ("DocumentFileName", FILE_NAME, "name of the embedded XML invoice file"),
    ("DocumentType", "INVOICE", "INVOICE, also for credit notes"),
    ("Version", "1.0", "version of the Factur-X XML schema"),
    ("ConformanceLevel", "EN 16931", "conformance level of the embedded data"),
)

PROPERTY = """<rdf:li rdf:parseType="Resource">
 <pdfaProperty:name>{}</pdfaProperty:name>
 <pdfaProperty:valueType>Text</pdfaProperty:valueType>
 <pdfaProperty:category>external</pdfaProperty:category>
 <pdfaProperty:description>{}</pdfaProperty:description>
</rdf:li>"""

FACTUR_X = """<rdf:Description rdf:about="" xmlns:fx="{space}">
{values}
</rdf:Description>
<rdf:Description rdf:about=""
 xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>{space}</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>fx</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq>
{properties}
</rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>"""

PACKET = """<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about=""
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<pdfaid:part>3</pdfaid:part>
<pdfaid:conformance>B</pdfaid:conformance>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
<pdf:Producer>oms</pdf:Producer>
<xmp:CreateDate>{at}</xmp:CreateDate>
<xmp:ModifyDate>{at}</xmp:ModifyDate>
</rdf:Description>
{more}
</rdf:RDF>
</x:xmpmeta>"""


def envelope(title: str, author: str, at: str, *, with_e_invoice: bool) -> str:
    """Return the metadata of a page that was made at a time (ISO 8601)."""
    more = FACTUR_X.format(
        space=SPACE,
        values="\n".join(f"<fx:{name}>{value}</fx:{name}>" for name, value, _ in PROPERTIES),
        properties="\n".join(PROPERTY.format(name, told) for name, _, told in PROPERTIES),
    )
    return PACKET.format(
        title=escape(title), author=escape(author), at=at, more=more if with_e_invoice else ""
    )
