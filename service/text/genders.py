"""Words written in both genders at once: "Estimado(a)", "niños/as", "tod@s"."""

from service.text.pieces import Piece, say
from service.text.symbols import sounds_like_i
from service.text.tokens import Kind, Tokens

_ENDINGS = ("a", "as")
_SHORTEST = 3  # letters of a stem


def read_genders(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "Estimado(a)" as "Estimado o estimada", "niños/as" and "niñ@s" as "niños y niñas"."""
    word, sign = tokens[index].text, tokens[index + 1]
    if len(word) < _SHORTEST or not sign.is_mark("(/@") or not sign.glued:
        return None
    if sign.text == "@":
        plural = tokens[index + 2].text == "s" and tokens[index + 2].glued
        stop = index + (3 if plural else 2)
        man, woman = (f"{word}os", f"{word}as") if plural else (f"{word}o", f"{word}a")
    else:
        plural = tokens[index + 2].text == "as"
        stop = index + (4 if sign.text == "(" else 3)
        man, woman = word, _feminine(word)
        closed = sign.text == "/" or (tokens[stop - 1].is_mark(")") and tokens[stop - 1].glued)
        if tokens[index + 2].text not in _ENDINGS or not tokens[index + 2].glued or not closed:
            return None
    if not woman or (tokens[stop].glued and tokens[stop].kind is not Kind.MARK):
        return None
    return say(f"{man} {_join(woman, plural)} {woman.lower()}", tokens[index:stop]), stop


def _feminine(word: str) -> str:
    """The feminine of a masculine, or "" for a word that has no such ending."""
    if word.endswith(("o", "os")):
        return "as".join(word.rsplit("os", 1)) if word.endswith("os") else f"{word[:-1]}a"
    if word.endswith("es"):
        return f"{word[:-2]}as"
    return f"{word}a" if word.endswith(("r", "n", "l", "s")) else ""


def _join(woman: str, plural: bool) -> str:
    if plural:
        return "e" if sounds_like_i(woman.lower()) else "y"
    return "u" if woman.lower().startswith(("o", "ho")) else "o"
