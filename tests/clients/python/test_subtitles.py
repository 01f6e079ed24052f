import re
from itertools import pairwise

import pytest
from eslatam import Timestamp, write_srt, write_vtt
from hypothesis import given
from hypothesis import strategies as st

CUE = re.compile(r"(\d+)\n(\d\d):(\d\d):(\d\d),(\d{3}) --> (\d\d):(\d\d):(\d\d),(\d{3})\n(.+(?:\n.+)?)\n\n")
LONG = (
    "Para hablar con un asesor, marque tres; para repetir el menú, marque nueve. Si desea terminar, cuelgue ahora "
    "mismo o espere en la línea, por favor."
)


def segment(text: str, start: float, end: float, *, index: int = 0, offset: int = 0) -> Timestamp:
    return Timestamp("segment", text, text, offset, len(text), start, end, index)


def words(text: str, *, index: int = 0, offset: int = 0, start: float = 0.0, each: float = 0.4) -> list[Timestamp]:
    """Each word lasts so long, and is followed by 0.1 s."""
    found = re.finditer(r"\w+", text)
    return [
        Timestamp("word", m[0], m[0], offset + m.start(), len(m[0]), at := start + (each + 0.1) * k, at + each, index)
        for k, m in enumerate(found)
    ]


def read(srt: str) -> list[tuple[float, float, list[str]]]:
    """The cues of a file that has nothing else."""
    assert CUE.sub("", srt) == ""
    cues = []
    for number, found in enumerate(CUE.finditer(srt), 1):
        assert int(found[1]) == number
        times = [
            int(found[i]) * 3600 + int(found[i + 1]) * 60 + int(found[i + 2]) + int(found[i + 3]) / 1000 for i in (2, 6)
        ]
        cues.append((*times, found[10].split("\n")))
    return cues


def test_srt_and_vtt_are_written_as_their_formats_say() -> None:
    stamps = [segment("Hola,  mundo.", 0.25, 1.5), segment("Adiós.", 3661.5, 3662.0625, index=1, offset=14)]
    assert write_srt(stamps) == (
        "1\n00:00:00,250 --> 00:00:01,500\nHola, mundo.\n\n2\n01:01:01,500 --> 01:01:02,062\nAdiós.\n\n"
    )
    assert write_vtt(stamps) == (
        "WEBVTT\n\n00:00:00.250 --> 00:00:01.500\nHola, mundo.\n\n01:01:01.500 --> 01:01:02.062\nAdiós.\n"
    )


def test_marks_of_the_formats_are_no_text() -> None:
    stamps = [segment("a --> b & <b>c</b>\n\n2\x00", 0, 1)]
    assert write_vtt(stamps).endswith("\na --&gt; b &amp; &lt;b&gt;c&lt;/b&gt; 2\n")
    assert read(write_srt(stamps)) == [(0, 1, ["a → b & <b>c</b> 2"])]


def test_a_cue_lasts_from_its_first_word_to_its_last() -> None:
    stamps = words(LONG, start=0.2)
    cues = read(write_srt([*stamps, segment(LONG, 0.0, 14.0)]))
    assert " ".join(" ".join(lines) for _, _, lines in cues) == LONG
    starts, ends = {round(w.start, 3) for w in stamps}, {round(w.end, 3) for w in stamps}
    assert {start for start, _, _ in cues} <= starts
    assert {end for _, end, _ in cues} <= ends
    assert [lines[-1][-1] for _, _, lines in cues] == [".", "."]


def test_without_words_a_segment_is_shared_out_by_its_characters() -> None:
    cues = read(write_srt([segment(LONG, 1.0, 12.0)]))
    assert (cues[0][0], cues[-1][1]) == (1.0, 12.0)
    for start, end, lines in cues:
        assert end - start == pytest.approx(11 * len(" ".join(lines)) / len(LONG), abs=0.1)


def test_a_slow_segment_is_shown_piece_by_piece() -> None:
    text = "Muy despacio se dice esto."
    cues = read(write_srt([segment(text, 0, 20), *words(text, each=3.5)]))
    assert len(cues) > 2
    assert max(end - start for start, end, _ in cues) <= 7.2


def test_a_word_too_long_for_a_line_is_broken() -> None:
    cues = read(write_srt([segment("x" * 100, 0, 5)]))
    assert "".join("".join(lines) for _, _, lines in cues) == "x" * 100


def test_what_is_not_heard_is_not_shown() -> None:
    assert write_srt([segment("日本", 1, 1), segment("Sí.", 1, 2, index=1, offset=3)]).count("-->") == 1
    assert write_srt([]) == ""
    assert write_vtt([]) == "WEBVTT\n"


def test_words_alone_are_not_enough() -> None:
    with pytest.raises(ValueError, match="segments"):
        write_srt(words("Hola"))


@given(st.lists(st.text(max_size=120), max_size=4), st.booleans(), st.floats(0.01, 3))
def test_any_text_gives_a_valid_file(texts: list[str], with_words: bool, each: float) -> None:
    stamps: list[Timestamp] = []
    at, offset = 0.0, 0
    for index, text in enumerate(texts):
        spoken = words(text, index=index, offset=offset, start=at, each=each)
        end = spoken[-1].end if spoken else at
        stamps += [*(spoken if with_words else ()), segment(text, at, end, index=index, offset=offset)]
        at, offset = end + 0.2, offset + len(text)
    cues = read(write_srt(stamps))
    assert all(len(lines) <= 2 and max(map(len, lines)) <= 42 and start < end for start, end, lines in cues)
    assert all(before[1] <= after[0] for before, after in pairwise(cues))
    assert write_vtt(stamps).count("-->") == len(cues)
