"""The Spanish front end: text as people write it in, segments as a voice can say them out. Pure functions, no I/O."""

from service.text.lexicon import Entry, Lexicon, parse_lexicon, shipped
from service.text.prepare import prepare
from service.text.prepared import Expression, Prepared, Segment, Word

__all__ = ["Entry", "Expression", "Lexicon", "Prepared", "Segment", "Word", "parse_lexicon", "prepare", "shipped"]
