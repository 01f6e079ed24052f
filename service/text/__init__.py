"""The Spanish front end: text as people write it in, segments as a voice can say them out. Pure functions, no I/O."""

from service.text.prepare import Prepared, Segment, Word, prepare

__all__ = ["Prepared", "Segment", "Word", "prepare"]
