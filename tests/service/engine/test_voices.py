import tracemalloc

import numpy as np
import pytest

from service.engine.voices import ENTRY_BYTES, VoiceCache

VALUE = np.zeros(1000 - ENTRY_BYTES % 8, np.int8)
SIZE = ENTRY_BYTES + VALUE.nbytes


@pytest.fixture
def cache() -> VoiceCache[str, object]:
    """Room for three values."""
    return VoiceCache(3 * SIZE)


def kept(cache: VoiceCache[str, object], keys: str) -> str:
    return "".join(key for key in keys if key in cache._entries)


def test_the_least_recently_used_goes_first(cache: VoiceCache[str, object]) -> None:
    for key in "abc":
        cache.put(key, VALUE)
    assert cache.get("a") is VALUE
    cache.put("d", VALUE)
    assert kept(cache, "abcd") == "acd"
    assert cache.get("b") is None


def test_what_is_there_is_not_made_again(cache: VoiceCache[str, object]) -> None:
    assert cache.find("a", lambda: VALUE) is VALUE
    assert cache.find("a", object) is VALUE
    assert cache.find("b", lambda: SIZE) == SIZE


def test_bytes_count_and_not_entries(cache: VoiceCache[str, object]) -> None:
    for key in "abc":
        cache.put(key, VALUE)
    cache.put("d", np.zeros(VALUE.nbytes + SIZE, np.int8))
    assert kept(cache, "abcd") == "cd"
    assert cache.nbytes == 3 * SIZE


def test_a_value_put_again_counts_once(cache: VoiceCache[str, object]) -> None:
    for _ in range(5):
        cache.put("a", VALUE)
    cache.put("b", VALUE)
    assert cache.nbytes == 2 * SIZE
    assert kept(cache, "ab") == "ab"


def test_what_does_not_fit_empties_nothing(cache: VoiceCache[str, object]) -> None:
    cache.put("a", VALUE)
    cache.put("b", VALUE)
    cache.put("b", np.zeros(4 * SIZE, np.int8))
    assert kept(cache, "ab") == "a"
    assert cache.nbytes == SIZE


def test_cleared_it_has_room_for_all(cache: VoiceCache[str, object]) -> None:
    cache.put("a", VALUE)
    cache.clear()
    for key in "bcd":
        cache.put(key, VALUE)
    assert kept(cache, "abcd") == "bcd"


def test_values_that_tell_no_size_are_bounded_too() -> None:
    cache: VoiceCache[int, object] = VoiceCache(10 * ENTRY_BYTES)
    for key in range(1000):
        cache.put(key, "digest")
    assert len(cache._entries) == 10


def test_memory_stays_flat_over_thousands_of_voices() -> None:
    cache: VoiceCache[int, object] = VoiceCache(2_000_000)
    tracemalloc.start()
    try:
        held = []
        for key in range(5_000):
            cache.put(key, np.zeros(165_000, np.int8))
            if key in (500, 4_999):
                held.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert held[1] <= 1.02 * held[0]
    assert 1_800_000 < cache.nbytes <= 2_000_000
    assert held[1] < 2_200_000
