"""Letters that no Spanish reader knows: those of Greek by name where they stand alone or for a unit, else nothing."""

from service.text.pieces import Piece, say
from service.text.tables import table
from service.text.tokens import Tokens


def read_greek(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "π" as "pi" and "kΩ" as "k omega"; a word all in Greek is dropped."""
    token = tokens[index]
    names = table().mapping("greek_letters")
    if token.text.isascii() or not any(letter.lower() in names for letter in token.text):
        return None
    if len(token.text) > 1 and all(letter.lower() in names for letter in token.text):
        return [], index + 1
    words = "".join(f" {names[letter.lower()]} " if letter.lower() in names else letter for letter in token.text)
    return say(words, [token]), index + 1
