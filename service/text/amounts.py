"""Amounts of money as they are written: a number, a scale, a coin."""

from dataclasses import dataclass

from service.text.cardinals import LARGEST, Form, spell_cardinal
from service.text.currencies import Coin, Sign, find_named_coin, find_sign_after, find_sign_before
from service.text.numerals import Numeral, parse_numeral
from service.text.tables import table
from service.text.tokens import Gap, Kind, Tokens


@dataclass(frozen=True, slots=True)
class Amount:
    """A number of coins, perhaps scaled ("millones"), and the index after it all."""

    numeral: Numeral
    scale: str
    coin: Coin
    stop: int
    negative: bool = False

    def spell(self) -> str:
        """Number, coin and cents in words."""
        words = "menos " if self.negative else ""
        if self.scale:
            return f"{words}{self.spell_number()} {'' if self.scale == 'mil' else 'de '}{self.coin.several}"
        if self.numeral.decimals and not self._hundredths:
            return f"{words}{self.spell_number()} {self.coin.several}"
        value, hundredths = int(self.numeral.whole), int(self._hundredths or 0)
        whole = _count(value, self.coin.one, self.coin.several, self.coin.form)
        cents = _count(hundredths, self.coin.cent, self.coin.cents, Form.MASCULINE)
        if not hundredths:
            return words + whole
        return words + (f"{whole} con {cents}" if value else cents)

    def spell_number(self) -> str:
        """Its number and scale."""
        thousands = int(self.numeral.whole) * 1000
        if self.scale == "mil" and not self.numeral.decimals and thousands <= LARGEST:
            return spell_cardinal(thousands, self.coin.form)
        one = self.numeral.whole == "1" and not self.numeral.decimals
        form = Form.MASCULINE if self.scale else self.coin.form
        scale = "millón" if one and self.scale == "millones" else self.scale
        if one and scale == "mil millones":
            return scale
        return f"{self.numeral.spell(form)} {scale}".strip()

    @property
    def _hundredths(self) -> str:
        """Two digits, or "" where the coin has no cents or the number is finer than they."""
        decimals = self.numeral.decimals
        return decimals.ljust(2, "0") if decimals and len(decimals) <= 2 and self.coin.cents else ""


def _count(number: int, one: str, several: str, form: Form) -> str:
    of = "de " if number and number % 10**6 == 0 else ""
    return f"{spell_cardinal(number, form)} {of}{one if number == 1 else several}"


def parse_amount(tokens: Tokens, index: int, coin: Coin | None = None) -> Amount | None:
    """The amount at `index`; `coin` is meant where it shows none."""
    sign = find_sign_before(tokens, index)
    start = sign.stop if sign else index
    negative = sign is not None and tokens[start].is_mark("-−")
    start += negative
    numeral = _numeral(tokens, start)
    if numeral is None or numeral.is_code:
        return None
    coin = sign.coin if sign else coin
    scale, stop = _scale(tokens, numeral.stop)
    after = find_sign_after(tokens, stop) or (_noun(tokens, stop, coin) if coin or len(numeral.decimals) == 2 else None)
    if after and after.scale and scale:
        after = None
    if after:
        coin, scale, stop = after.coin, after.scale or scale, after.stop
    if coin is None:
        return None
    scale = (sign.scale if sign else "") or scale
    return Amount(numeral, scale, coin, stop, negative)


def _numeral(tokens: Tokens, index: int) -> Numeral | None:
    """The number at `index`, its zero left out perhaps: "$.50"."""
    if tokens[index].kind is Kind.DIGITS:
        return parse_numeral(tokens, index)
    cents = tokens[index + 1]
    bare = tokens[index].is_mark(".") and cents.glued and cents.kind is Kind.DIGITS
    return Numeral("0", ".", cents.text, index + 2) if bare else None


def _scale(tokens: Tokens, index: int) -> tuple[str, int]:
    """The scale at `index`, or "", and the index after it."""
    token, following = tokens[index], tokens[index + 1]
    if token.kind is not Kind.WORD or token.gap > Gap.SPACE:
        return "", index
    if token.text in ("mil", "miles"):
        at = index + (2 if token.text == "miles" and following.text == "de" else 1)
        if tokens[at].text == "millones" and tokens[at].gap is Gap.SPACE:
            return "mil millones", at + 1
        return (token.text, index + 1) if token.text == "mil" else ("", index)
    if table().has("scales", token.text):
        return token.text, index + 1
    signs = table().mapping("scale_signs")
    if following.is_mark(".") and following.glued and f"{token.text}." in signs:
        return signs[f"{token.text}."], index + 2
    initial = following.is_mark(".") and following.glued and tokens[index + 2].glued
    return (signs[token.text], index + 1) if token.text in signs and not initial else ("", index)


def _noun(tokens: Tokens, index: int, coin: Coin | None) -> Sign | None:
    """The coin named after its sign, "$5 pesos" or "$5 millones de dólares", or after cents, "5.50 soles"."""
    at = index + (tokens[index].text == "de" and coin is not None)
    word = tokens[at]
    if word.kind is not Kind.WORD or word.gap is not Gap.SPACE:
        return None
    named = find_named_coin(word.text)
    if named is None or (coin is None and table().has("weights", word.text)):
        return None
    return Sign(named, "", at + 1)


def join_range(first: Amount, last: Amount) -> str:
    """The words of "$10-15": "diez a quince pesos"."""
    if first.numeral.decimals and not last.scale:
        return f"{first.spell()} a {last.spell()}"
    return f"{first.spell_number()} a {last.spell()}"
