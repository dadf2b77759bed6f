"""What the XHTML of a narrative may hold: text to read, nothing that acts. Source: https://hl7.org/fhir/R4/narrative.html"""

import re
from html.entities import html5
from xml.parsers import expat

XHTML = "http://www.w3.org/1999/xhtml"

# HTML 4.0, chapters 7 to 11 without section 4 of chapter 9, and 15; links and images.
_STRUCTURE = "address blockquote br dd div dl dt h1 h2 h3 h4 h5 h6 hr li ol p pre ul a img"
_PHRASES = "abbr acronym bdo cite code del dfn em ins kbd q samp span strong sub sup var"
_TABLES = "caption col colgroup table tbody td tfoot th thead tr"
_LOOKS = "b big i s small strike tt u"
_ELEMENTS = frozenset(f"{_STRUCTURE} {_PHRASES} {_TABLES} {_LOOKS}".split())
_ACTS = re.compile(r"\s*(javascript|vbscript|data\s*:\s*text)", re.IGNORECASE)
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
_OF_XML = frozenset({"amp", "lt", "gt", "quot", "apos"})


def is_narrative(text: str) -> bool:
    """Whether it is one `div` of plain markup, well formed, that says something (txt-1, txt-2)."""
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.begin
    parser.CharacterDataHandler = reader.read
    # No document type, which could define entities; nothing that is neither an element nor text.
    parser.StartDoctypeDeclHandler = parser.ProcessingInstructionHandler = reader.refuse
    parser.StartCdataSectionHandler = parser.XmlDeclHandler = reader.refuse
    try:
        parser.Parse(_ENTITY.sub(_plain, text.strip()), True)
    except (expat.ExpatError, _Refused):
        return False
    return reader.says_something


def _plain(entity: re.Match[str]) -> str:
    """HTML's named entities as the signs they stand for; XML knows five of them only."""
    return entity[0] if entity[1] in _OF_XML else html5.get(f"{entity[1]};", entity[0])


class _Refused(Exception):
    """The narrative holds what it may not."""


class _Reader:
    """What the parser tells of a fragment."""

    def __init__(self) -> None:
        self.begun, self.says_something = False, False

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """An element; the first is the `div`."""
        if name not in _ELEMENTS or not (self.begun or name == "div") or attributes.get("xmlns", XHTML) != XHTML:
            raise _Refused
        if any(key.lower().startswith("on") or _ACTS.match(value) for key, value in attributes.items()):
            raise _Refused
        self.begun = True
        self.says_something = self.says_something or name == "img"

    def read(self, data: str) -> None:
        """Text."""
        self.says_something = self.says_something or bool(data.strip())

    def refuse(self, *_: object) -> None:
        """Anything else."""
        raise _Refused
