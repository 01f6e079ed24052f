"""What lies between two segments decides how long it is silent there."""

import pytest

from service.text import prepare
from service.text.tables import table

FIRST = "Hoy amaneció con una niebla espesa"
SECOND = "Después bajamos todos al pueblo."


def pause(between: str) -> float:
    segments = prepare(f"{FIRST}{between}{SECOND}").segments
    assert len(segments) == 2
    return segments[0].pause_after


@pytest.mark.parametrize(
    ("between", "name"),
    [
        (". ", "sentence"),
        ("? ", "sentence"),
        ("... ", "ellipsis"),
        ("… ", "ellipsis"),
        (".\n", "line"),
        ("<br>", "line"),
        ("\\n", "line"),
        (":\n- ", "item"),
        (":\r\n1. ", "item"),
        ("\n* ", "item"),
        ("<li>", "item"),
        (".\n—", "turn"),
        (".\n– ", "item"),
        (".\n-", "turn"),
        (".\n\n", "paragraph"),
        ("</p><p>", "paragraph"),
        (".\n\n—", "paragraph"),
        (".\n---\n", "paragraph"),
        (".\n# ", "heading"),
        (".\n\n## ", "heading"),
        ("<h2>", "heading"),
    ],
)
def test_pause_between(between: str, name: str) -> None:
    assert pause(between) == table().mapping("pauses")[name]


def test_a_paragraph_follows_a_heading() -> None:
    assert prepare(f"# {FIRST}\n{SECOND}").segments[0].pause_after == table().mapping("pauses")["paragraph"]


def test_no_two_pauses_are_the_same_by_chance() -> None:
    pauses = table().mapping("pauses")
    named = [pauses[name] for name in ("sentence", "line", "item", "ellipsis", "turn", "paragraph", "heading")]
    assert named == sorted(set(named))


def test_short_turns_stay_apart() -> None:
    assert [segment.text for segment in prepare("—Sí.\n—No.").segments] == ["—Sí.", "—No."]


def test_the_dash_within_a_turn_is_no_other_speaker() -> None:
    assert len(prepare("—Hola —dijo ella—. ¿Vienes?").segments) == 1
