"""Coins and the signs they are written with.

The names people say for short are our own data, and so are cents, which CLDR does not name. All other ISO 4217 codes
take CLDR's names from Babel: 230 currencies right in number, with the country's adjective ("liras turcas"), for 33 MB
on disk and, at the first such code, 60 ms and 9 MB of memory. The adjective is why it names no everyday coin.
"""

from dataclasses import dataclass
from functools import cache

from babel import Locale
from babel.numbers import get_currency_name

from service.text.cardinals import Form
from service.text.regions import Region
from service.text.tables import table
from service.text.tokens import Gap, Kind, Tokens

_CLDR = Locale.parse("es_419")
_LONGEST_SIGN = 4  # tokens: "Bs.S."
_SHORT_AMOUNT = 2  # digits


@dataclass(frozen=True, slots=True)
class Coin:
    """One, several, and the hundredth's names, "" if it has none."""

    one: str
    several: str
    cent: str = ""
    cents: str = ""

    @property
    def form(self) -> Form:
        """How numbers agree with it."""
        return Form.FEMININE if table().has("feminine_coins", self.one.split()[0]) else Form.MASCULINE


@dataclass(frozen=True, slots=True)
class Sign:
    """A coin as it stands beside an amount, the scale that it carries, and the index after it."""

    coin: Coin
    scale: str
    stop: int


def find_sign_before(tokens: Tokens, index: int) -> Sign | None:
    """The sign at `index`, if digits follow it."""
    for stop, text in _written(tokens, index):
        number = tokens[stop + 1] if tokens[stop].is_mark("-−.") and tokens[stop + 1].glued else tokens[stop]
        if number.kind is not Kind.DIGITS or tokens[stop].gap > Gap.SPACE:
            continue
        small = len(number.text) <= _SHORT_AMOUNT and not tokens[stop + 1].is_mark(".,")
        found = _find_letter(text, tokens.region, small) or _find(text, tokens.region)
        if found and not (small and table().has("event_codes", text)):
            return Sign(*found, stop)
    return None


def find_sign_after(tokens: Tokens, index: int) -> Sign | None:
    """The sign at `index`, which stands right after digits or a space away."""
    if tokens[index].gap > Gap.SPACE:
        return None
    for stop, text in _written(tokens, index):
        ends_sentence = text[-1] == "." and (tokens[stop].gap >= Gap.LINE or tokens[stop].text[:1].isupper())
        if ends_sentence or tokens[stop].kind is Kind.DIGITS:
            continue
        found = _find_scaled(text, tokens.region) or _find(text, tokens.region)
        if found:
            return Sign(*found, stop)
    return None


def find_coin(code: str, region: Region, *, told: bool = False) -> Coin | None:
    """A coin by its code, with the adjective of its country if that is not the region's own or it is `told`."""
    names = table().mapping("coins").get(code)
    if names is None:
        return _cldr_coins().get(code)
    adjectives = table().mapping("demonyms").get(code, ("", "")) if told or code != region.dollar_sign else ("", "")
    one, several, *cents = names
    return Coin(f"{one} {adjectives[0]}".strip(), f"{several} {adjectives[1]}".strip(), *cents)


@cache
def find_named_coin(noun: str) -> Coin | None:
    """The coin that people call by a noun: "pesos"."""
    for names in table().mapping("coins").values():
        if noun in names[:2]:
            return Coin(*names)
    return None


def _written(tokens: Tokens, index: int) -> list[tuple[int, str]]:
    """What is written at `index` without a space ("US $" apart), the longest first, and the index after it."""
    text, found = "", []
    for at in range(index, index + _LONGEST_SIGN):
        token = tokens[at]
        joins = token.glued or (text, token.text) == ("US", "$")
        if token.kind in (Kind.DIGITS, Kind.EDGE) or (at > index and not joins):
            break
        text += token.text
        found.append((at + 1, text))
    return found[::-1]


def _find(text: str, region: Region) -> tuple[Coin, str] | None:
    """The coin, and the scale or "", that a sign or a code stands for in a region."""
    home = table().mapping("home_currencies").get(region.code, {}).get(text)
    if not home and table().has("cent_signs", text):
        own = find_coin(region.dollar_sign, region)
        return (Coin(own.cent, own.cents), "") if own and own.cents else None
    if text in table().mapping("scaled_signs"):
        scale, code = table().mapping("scaled_signs")[text]
    else:
        scale, code = "", home or table().mapping("currencies").get(text)
    if code is not None:
        coin = find_coin(code or region.dollar_sign, region)
    else:
        coin = _find_code(text.removesuffix("$"), region)
    return (coin, scale) if coin else None


def _find_code(code: str, region: Region) -> Coin | None:
    """The coin of an ISO 4217 code."""
    is_code = len(code) == 3 and code.isalpha() and code.isupper() and not table().has("no_codes", code)
    return find_coin(code, region, told=True) if is_code else None


def _find_letter(text: str, region: Region, small: bool) -> tuple[Coin, str] | None:
    code = table().mapping("letter_currencies").get(text)
    if code is None or (small and table().mapping("letter_homes")[code] != region.code):
        return None
    coin = find_coin(code, region)
    return (coin, "") if coin else None


def _find_scaled(text: str, region: Region) -> tuple[Coin, str] | None:
    scale, code = table().mapping("scaled_coins").get(text, ("", ""))
    coin = find_coin(code, region) if code else None
    return (coin, scale) if coin else None


@cache
def _cldr_coins() -> dict[str, Coin]:
    """CLDR's currencies that have names to be said: no years, no brackets."""
    coins = {}
    for code in map(str, _CLDR.currencies):
        one, several = (get_currency_name(code, count=count, locale=_CLDR) for count in (1, 2))
        if all(word.isalpha() for word in f"{one} {several}".split()) and several != code:
            coins[code] = Coin(one, several)
    return coins
