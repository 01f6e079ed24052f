"""What one caller may have: characters a minute, and requests under way."""

import asyncio
import logging
import math
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage, SlidingWindowCounterSupport
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError

from service.errors import Reason, ServiceError

log = logging.getLogger(__name__)

MINUTE = 60
STORAGE_SECONDS = 0.25
"""Longest wait for a storage on another machine."""
PLACE_SECONDS = 2
"""What a caller is told to wait for one of its own requests to end."""

Close = Callable[[], Awaitable[None]]
Question = Callable[[SlidingWindowCounterRateLimiter, str, int], Awaitable[int]]


class Places:
    """Requests under way in this process, `limit` for each caller; 0 means any number."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._taken: Counter[str] = Counter()
        self._empty = asyncio.Event()
        self._empty.set()

    @contextmanager
    def take(self, caller: str) -> Iterator[None]:
        """Holds a place until the block ends. Raises QUOTA_EXCEEDED if the caller has all of its own."""
        if self._limit and self._taken[caller] >= self._limit:
            raise _too_many(self._limit)
        self._taken[caller] += 1
        self._empty.clear()
        try:
            yield
        finally:
            self._taken[caller] -= 1
            if not self._taken[caller]:
                del self._taken[caller]
            if not self._taken:
                self._empty.set()

    async def until_empty(self) -> None:
        await self._empty.wait()


class Characters:
    """Characters of text, `limit` a minute for each caller; 0 means any number.

    Counted in a sliding window, in this process or, for all that share it, in a Redis. While that cannot be reached
    each process counts for itself: a broken counter must not silence the service. A text longer than the limit takes
    all of it.
    """

    def __init__(self, limit: int, storage: str) -> None:
        """ValueError if the storage needs a package that is not installed."""
        self._limit = limit
        self._item = RateLimitItemPerMinute(limit)
        self._shared = self._own = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._close: Close | None = None
        if storage.startswith("redis"):
            redis, self._close = _open_redis(storage)
            self._shared = SlidingWindowCounterRateLimiter(redis)

    async def close(self) -> None:
        """Closes the connections to the storage."""
        if self._close:
            await self._close()

    async def check(self, caller: str, count: int) -> None:
        """Raises QUOTA_EXCEEDED if they would be too many. Counts nothing."""
        if self._limit and (wait := await self._ask(self._wait, caller, count)):
            raise _too_much(self._limit, wait)

    async def charge(self, caller: str, count: int) -> None:
        """Counts them. Raises QUOTA_EXCEEDED, and counts nothing, if they are too many."""
        if self._limit and not await self._ask(self._hit, caller, count):
            raise _too_much(self._limit, max(1, await self._ask(self._wait, caller, count)))

    async def _ask(self, question: Question, caller: str, count: int) -> int:
        try:
            return await question(self._shared, caller, min(count, self._limit))
        except StorageError as error:
            log.warning("characters are counted in this process: %s", error.storage_error)
            return await question(self._own, caller, min(count, self._limit))

    async def _hit(self, window: SlidingWindowCounterRateLimiter, caller: str, count: int) -> int:
        return await window.hit(self._item, caller, cost=count)

    async def _wait(self, window: SlidingWindowCounterRateLimiter, caller: str, count: int) -> int:
        """Whole seconds until `count` more fit; 0 for now."""
        storage = cast("SlidingWindowCounterSupport", window.storage)
        sliding = await storage.get_sliding_window(self._item.key_for(caller), MINUTE)
        return until_room(self._limit - count, *sliding)


def until_room(most: int, previous: int, previous_ends: float, current: int, current_ends: float) -> int:
    """Whole seconds until a sliding window holds no more than `most`; 0 if it does not.

    It weighs the previous minute's count by how much of it the window still covers, `previous_ends` seconds, and drops
    the fraction. A count is kept for two minutes: `current_ends` is one past the end of its own.
    """
    if math.floor(previous * previous_ends / MINUTE) + current <= most:
        return 0
    if current <= most:
        seconds = previous_ends - (most - current + 1) * MINUTE / previous
    else:
        seconds = max(current_ends - MINUTE, current_ends - (most + 1) * MINUTE / current)
    return math.floor(round(seconds, 3)) + 1


def _open_redis(url: str) -> tuple[RedisStorage, Close]:
    """The storage, and what closes its connections."""
    try:
        from redis.asyncio import ConnectionPool
    except ImportError:
        raise ValueError("limits.storage: a Redis needs the extra `redis`: uv sync --extra redis") from None
    pool = ConnectionPool.from_url(url, socket_connect_timeout=STORAGE_SECONDS, socket_timeout=STORAGE_SECONDS)
    options: dict[str, Any] = {"implementation": "redispy", "connection_pool": pool}
    return RedisStorage(f"async+{url}", wrap_exceptions=True, **options), pool.aclose


def _too_many(limit: int) -> ServiceError:
    return ServiceError(
        Reason.QUOTA_EXCEEDED,
        en=f"You already have {limit} requests under way, the most that one caller may. "
        f"Wait for one to end, or try again in {PLACE_SECONDS} s.",
        es=f"Ya tiene {limit} solicitudes en curso, el máximo por cliente. "
        f"Espere a que termine una o intente de nuevo en {PLACE_SECONDS} s.",
        retry_after=PLACE_SECONDS,
    )


def _too_much(limit: int, wait: int) -> ServiceError:
    return ServiceError(
        Reason.QUOTA_EXCEEDED,
        en=f"You have used your {limit} characters a minute. Try again in {wait} s.",
        es=f"Ya usó sus {limit} caracteres por minuto. Intente de nuevo en {wait} s.",
        retry_after=wait,
    )
