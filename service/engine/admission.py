"""How many may wait."""

import math

from service.errors import Reason, ServiceError

MEMORY = 0.9
"""Weight of the past in the moving average of how long a stream holds the engine."""


class Admission:
    """A bound on the streams that wait for their first slot, and a guess of how long they will."""

    def __init__(self, queue_limit: int) -> None:
        self._limit = queue_limit
        self._stream_seconds = 1.0

    def learn(self, seconds: float) -> None:
        """Notes how long a stream took from its first slot to its end."""
        self._stream_seconds = MEMORY * self._stream_seconds + (1 - MEMORY) * seconds

    def admit(self, waiting: int, slots: int) -> None:
        """Raises OVERLOADED, with the expected wait in whole seconds, if `waiting` streams fill the queue."""
        if waiting < self._limit:
            return
        wait = max(1, math.ceil(self._stream_seconds * waiting / slots))
        raise ServiceError(
            Reason.OVERLOADED,
            en=f"The service is full: {waiting} requests are waiting. Try again in {wait} s.",
            es=f"El servicio está lleno: hay {waiting} solicitudes en espera. Intente de nuevo en {wait} s.",
            retry_after=wait,
        )
