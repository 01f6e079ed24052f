"""Acronyms read as words or spelt, and words in capitals for emphasis."""

from service.text.letters import is_pronounceable, spell_letters
from service.text.pieces import ENDERS, Piece, say
from service.text.tables import table
from service.text.tokens import Gap, Kind, Token, Tokens

_AROUND = 6  # tokens on either side that tell whether a text is all in capitals
_MOST_LETTERS = 8  # of an acronym with points
_SHORT = 3  # letters; what is longer and begins like a word is one, where all is in capitals


def read_acronym(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "ONU" as "Onu", "DNI" as "de ene i", "ONGs" as "o ene ges", and "HOLA A TODOS" as "Hola a todos"."""
    token = tokens[index]
    mixed = table().mapping("acronyms.mixed").get(token.text)
    if mixed:
        return say(mixed, [token]), index + 1
    letters, plural = _split_plural(token.text)
    if not letters.isupper() or (len(letters) == 1 and not _may_be_word(tokens, index)):
        return None
    words = say_acronym(letters, tokens) if is_known(letters) else _say_unknown(tokens, index, letters)
    return (say(words + plural, [token]), index + 1) if words else None


def read_dotted(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "O.N.U." as "Onu" and "J.K. Rowling" as "jota ka Rowling"."""
    stop, letters = index, ""
    while len(letters) < _MOST_LETTERS and _is_letter(tokens[stop]) and (stop == index or tokens[stop].glued):
        letters += tokens[stop].text
        stop += 1
        if not (tokens[stop].is_mark(".") and tokens[stop].glued):
            break
        stop += 1
    if len(letters) < len("UE"):
        return None
    last = tokens[stop - 1]
    words = say_acronym(letters, tokens) if is_known(letters) else spell_letters(letters, tokens.region)
    if not words:
        return None
    if not last.is_mark(".") or not _ends(tokens, stop, is_known(letters)):
        return say(words, [tokens[index], last]), stop
    return [*say(words, [tokens[index], tokens[stop - 2]]), Piece(".", last.start, last.end, Gap.NONE)], stop


def say_acronym(letters: str, tokens: Tokens) -> str:
    """An acronym as a word with a capital, so that no voice spells it, or as the names of its letters."""
    own = table().mapping("acronyms.said").get(letters)
    if own:
        return str(own)
    if table().has("acronyms.read", letters) or _has_shape(letters):
        return letters.capitalize()
    return spell_letters(letters, tokens.region)


def is_known(letters: str) -> bool:
    """Whether the table says how to read an acronym."""
    listed = table().has("acronyms.read", letters) or table().has("acronyms.spelt", letters)
    return listed or letters in table().mapping("acronyms.said")


def _has_shape(letters: str) -> bool:
    return len(letters) >= _SHORT and not table().has("acronyms.spelt", letters) and is_pronounceable(letters)


def _say_unknown(tokens: Tokens, index: int, letters: str) -> str:
    lower = letters.lower()
    if len(letters) == 1:
        return lower
    if _is_word(lower):
        return lower.capitalize() if _opens(tokens, index) else lower
    if not _is_shouted(tokens, index):
        return say_acronym(letters, tokens)
    if is_pronounceable(letters) or (len(letters) > _SHORT and is_pronounceable(letters[:_SHORT])):
        return lower.capitalize() if _opens(tokens, index) else lower
    return spell_letters(letters, tokens.region)


def _split_plural(text: str) -> tuple[str, str]:
    """An acronym without the s of "ONGs" or "CD's", and that s."""
    letters = text[:-1].rstrip("'’")
    if text.endswith("s") and len(letters) > 1 and letters.isupper():
        return letters, "s"
    return text, ""


def _is_word(lower: str) -> bool:
    return table().has("function_words", lower) or table().has("acronyms.words", lower)


def _may_be_word(tokens: Tokens, index: int) -> bool:
    """Whether a capital that stands alone is the word a, e, o, u or y in a text all in capitals."""
    alone = not tokens[index].glued and not tokens[index + 1].glued
    return alone and tokens[index].text in "AEOUY" and not _opens(tokens, index) and _is_shouted(tokens, index)


def _is_shouted(tokens: Tokens, index: int) -> bool:
    """Whether the words around are in capitals too, and none is not."""
    near = [token.text for token in _around(tokens, index) if token.kind is Kind.WORD]
    return any(len(text) > 1 for text in near) and all(text.isupper() for text in near)


def _around(tokens: Tokens, index: int) -> list[Token]:
    """The tokens near one in its line, without itself."""
    before = max(index - _AROUND, 0)
    start = max((at for at in range(before, index + 1) if tokens[at].gap >= Gap.LINE), default=before)
    after = range(index + 1, index + 1 + _AROUND)
    stop = next((at for at in after if tokens[at].gap >= Gap.LINE), index + 1 + _AROUND)
    return [*tokens[start:index], *tokens[index + 1 : stop]]


def _opens(tokens: Tokens, index: int) -> bool:
    """Whether a sentence begins with the word."""
    before = tokens[index - 1]
    return index == 0 or tokens[index].gap >= Gap.LINE or before.is_mark(ENDERS + "¿¡—«“")


def _is_letter(token: Token) -> bool:
    return token.kind is Kind.WORD and len(token.text) == 1 and token.text.isupper()


def _ends(tokens: Tokens, stop: int, known: bool) -> bool:
    """Whether the last point of an acronym ends the sentence too. What may be initials stands before a name."""
    following = tokens[stop]
    if following.gap >= Gap.LINE or following.is_mark("¿¡"):
        return True
    capital = following.kind is Kind.WORD and not following.glued and following.text[0].isupper()
    return capital and (known or table().has("function_words", following.text.lower()))
