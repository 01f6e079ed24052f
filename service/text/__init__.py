"""The Spanish front end: text as people write it in, segments as a voice can say them out. Pure functions, no I/O."""

from service.text.assembling import Assembler, Line, Prepare
from service.text.prepare import Prepared, Segment, prepare

__all__ = ["Assembler", "Line", "Prepare", "Prepared", "Segment", "prepare"]
