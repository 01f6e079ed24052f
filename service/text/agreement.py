"""Which form of a number the words around it ask for."""

from service.text.cardinals import Form
from service.text.contests import is_score
from service.text.tables import table
from service.text.tokens import Gap, Kind, Token, Tokens
from service.text.units import find_unit

_LINKS = 3  # numbers of a series that are looked past: "200, 300 y 400 personas"
_LABEL_REACH = 6  # tokens from a number back to the label of its series: "páginas 1, 2 y 3"
_LONGEST_ENDING = 7
_NUMBER_SIZE = 6  # tokens of one number


def form_between(tokens: Tokens, start: int, stop: int, number: int) -> Form:
    """The form of the number written at tokens[start:stop]."""
    if is_label(tokens, start) or is_score(tokens, start, stop):
        return Form.ALONE
    measure = find_unit(tokens, stop) if tokens[stop].gap <= Gap.SPACE else None
    if measure is not None:
        return form_with((measure.one if number == 1 else measure.several).split()[0], number)
    determiner = tokens[start - 1].text.lower()
    noun = find_noun(tokens, stop)
    if noun is None:
        feminine = number != 1 and table().has("gender.feminine_determiners", determiner)
        return Form.FEMININE if feminine or _is_part_of_feminine(tokens, stop) else Form.ALONE
    if number == 1 and (table().has("gender.masculine_articles", determiner) or is_name(tokens, start - 1)):
        return Form.ALONE
    unit = table().mapping("units").get(noun.text)
    form = form_with((unit[number != 1] if unit else noun.text).lower(), number)
    if table().has("scales", noun.text):
        return form
    if form is not Form.FEMININE and table().has("gender.feminine_determiners", determiner) and number != 1:
        return Form.FEMININE
    linked = _after_link(tokens, stop) != stop
    return Form.ALONE if linked and form is Form.MASCULINE and number % 100 in (1, 21) else form


def is_label(tokens: Tokens, index: int) -> bool:
    """Whether the number at `index` names a thing and counts none: "página 21", "pág. 21", "números 1 y 2", "#1"."""
    if tokens[index - 1].is_mark("#№"):
        return True
    for at in range(index - 1, max(index - _LABEL_REACH, -1), -1):
        label = _label_at(tokens, at)
        if label:
            return at == index - 1 or label.endswith("s")
        if tokens[at].kind is not Kind.DIGITS and not (_links(tokens[at]) and tokens[at - 1].kind is Kind.DIGITS):
            return False
    return False


def _label_at(tokens: Tokens, index: int) -> str:
    """The label that ends at `index`, a word or an abbreviation, or ""."""
    token = tokens[index]
    if token.is_mark(".") and token.glued:
        word = tokens[index - 1].text.lower()
        known = (table().mapping(f"abbreviations.{kind}") for kind in ("before_digits", "before_number"))
        return word if any(f"{word}." in names for names in known) else ""
    word = token.text.lower()
    return word if any(table().has("labels", singular) for singular in singulars(word)) else ""


def is_name(tokens: Tokens, index: int) -> bool:
    """Whether the word at `index` is a name inside a sentence: "el Renault 1.6", "Fórmula 1"."""
    word = tokens[index]
    inside = tokens[index - 1].kind is Kind.WORD and word.gap is Gap.SPACE
    return inside and word.kind is Kind.WORD and word.text[0].isupper() and not word.text.isupper()


def find_noun(tokens: Tokens, index: int) -> Token | None:
    """The word that counts what is counted before `index`, past other numbers of a range or series, and past "mil"."""
    index = _after_link(tokens, index)
    if tokens[index].text == "mil" and tokens[index].gap is Gap.SPACE:
        index += 2 if tokens[index + 1].kind is Kind.DIGITS else 1
    word = tokens[index]
    if word.kind is Kind.WORD and word.gap <= Gap.SPACE and find_unit(tokens, index):
        return word
    if not _may_be_noun(word):
        return None
    following = tokens[index + 1]
    alike = following.text.endswith("s") == word.text.endswith("s")
    common = any(table().has("gender.common", singular) for singular in singulars(word.text.lower()))
    return following if common and alike and _may_be_noun(following) else word


def is_counted(tokens: Tokens, index: int) -> bool:
    """Whether what stands right at `index` is many of a thing: a noun in the plural, a unit, a per cent."""
    word = tokens[index]
    if word.is_mark("%") or (word.gap <= Gap.SPACE and find_unit(tokens, index) is not None):
        return word.gap <= Gap.SPACE
    return _may_be_noun(word) and (word.text.endswith("s") or table().has("scales", word.text))


def form_with(noun: str, number: int) -> Form:
    """The form of `number` before `noun`."""
    if number != 1 and not noun.endswith("s") and not table().has("scales", noun):
        return Form.ALONE
    if not is_feminine(noun):
        return Form.MASCULINE
    return Form.MASCULINE if table().has("gender.stressed_a", noun) else Form.FEMININE


def is_feminine(noun: str) -> bool:
    """Whether a noun is feminine, from lists of words and of endings, the longest ending first."""
    for word in singulars(noun):
        for gender in ("feminine", "masculine"):
            if table().has(f"gender.{gender}_words", word):
                return gender == "feminine"
    for size in range(min(len(noun), _LONGEST_ENDING), 0, -1):
        for gender in ("feminine", "masculine"):
            if table().has(f"gender.{gender}_endings", noun[-size:]):
                return gender == "feminine"
    return False


def singulars(word: str) -> tuple[str, ...]:
    """A word, and what it may be the plural of."""
    if word.endswith("ces"):
        return word, word[:-3] + "z", word[:-1]
    if word.endswith("ones"):
        return word, word[:-4] + "ón"
    return word, word.removesuffix("s"), word.removesuffix("es")


def _may_be_noun(word: Token) -> bool:
    if word.kind is not Kind.WORD or word.gap is not Gap.SPACE or len(word.text) < 3:
        return False
    lower = word.text.lower()
    return not (table().has("function_words", lower) or table().has("never_nouns", lower) or lower.endswith("mente"))


def _links(token: Token) -> bool:
    return token.is_mark("-–,") or table().has("number_links", token.text.lower())


def _after_link(tokens: Tokens, index: int) -> int:
    """The index after the other numbers of a range or a series, and after "o más"."""
    for _ in range(_LINKS):
        if tokens[index].text in ("o", "y") and tokens[index + 1].text in ("más", "menos"):
            return index + 2
        if not _links(tokens[index]) or tokens[index + 1].kind is not Kind.DIGITS:
            return index
        index = _after_number(tokens, index + 1)
    return index


def _after_number(tokens: Tokens, index: int) -> int:
    stop = index + _NUMBER_SIZE
    index += 1
    while index < stop and tokens[index].is_mark(".,") and tokens[index + 1].glued and tokens[index].glued:
        if tokens[index + 1].kind is not Kind.DIGITS:
            break
        index += 2
    return index


def _is_part_of_feminine(tokens: Tokens, index: int) -> bool:
    """Whether "de las" follows: "una de las casas"."""
    return tokens[index].text == "de" and table().has("gender.feminine_determiners", tokens[index + 1].text)
