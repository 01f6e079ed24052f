"""The Spanish front end: text as people write it in, segments as a voice can say them out. Pure functions, no I/O."""

from service.text.assembling import Assembler, Line, Prepare
from service.text.lexicon import Entry, Lexicon, parse_lexicon, shipped
from service.text.prepare import prepare, settle_target
from service.text.prepared import Expression, Prepared, Segment, Word

__all__ = [
    "Assembler",
    "Entry",
    "Expression",
    "Lexicon",
    "Line",
    "Prepare",
    "Prepared",
    "Segment",
    "Word",
    "parse_lexicon",
    "prepare",
    "settle_target",
    "shipped",
]
