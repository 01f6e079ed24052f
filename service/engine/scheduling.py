"""Who speaks next. Policy only: no clock, no thread, no model."""

from collections.abc import Iterable
from typing import Protocol, TypeVar


class Speaker(Protocol):
    """What the policy looks at in a stream."""

    @property
    def open_rows(self) -> int: ...

    def dry_at(self) -> float: ...


S = TypeVar("S", bound=Speaker)


def pick(ready: Iterable[S]) -> S | None:
    """The stream whose next segment opens: of those with the fewest open, the one whose listener runs dry first.

    A stream that has given no audio yet counts from its arrival, so that equals are served first come first served.
    """
    return min(ready, key=lambda stream: (stream.open_rows, stream.dry_at()), default=None)
