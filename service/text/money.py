"""Amounts of money: the currency's name after the number."""

from service.text.agreement import form_with
from service.text.cardinals import Form, spell_cardinal
from service.text.numerals import Numeral, parse_numeral
from service.text.pieces import Piece, say
from service.text.tables import table
from service.text.tokens import Gap, Kind, Tokens


def read_money(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "$1.50" as "un peso con cincuenta centavos", "$2 millones" as "dos millones de pesos"."""
    names, start = _currency(tokens, index)
    if tokens[start].kind is not Kind.DIGITS or (names and tokens[start].gap > Gap.SPACE):
        return None
    numeral = parse_numeral(tokens, start)
    if not names:
        names, stop = _currency(tokens, numeral.stop)
        if not names or tokens[numeral.stop].gap > Gap.SPACE or tokens[stop].kind is Kind.DIGITS:
            return None
    else:
        stop = numeral.stop
    if numeral.is_code:
        return None
    scale = tokens[stop]
    if scale.kind is Kind.WORD and scale.gap is Gap.SPACE and table().has("scales", scale.text):
        of = "" if scale.text == "mil" else " de"
        words = f"{numeral.spell(Form.MASCULINE)} {scale.text}{of} {names[1]}"
        return say(words, [tokens[index], scale]), stop + 1
    return say(_spell_amount(numeral, names), [tokens[index], tokens[stop - 1]]), stop


def _currency(tokens: Tokens, index: int) -> tuple[list[str], int]:
    """The names of the currency written at `index`, and the index after it."""
    sign, stop = tokens[index].text, index + 1
    if sign == "US" and tokens[stop].glued:
        sign, stop = sign + tokens[stop].text, stop + 1
    names = table().mapping("currencies").get(sign)
    return (names, stop) if names else ([], index)


def _spell_amount(numeral: Numeral, names: list[str]) -> str:
    one, several, cent, cents = names
    value = int(numeral.whole)
    if len(numeral.decimals) > 2:
        return f"{numeral.spell(Form.ALONE)} {several}"
    words = f"{spell_cardinal(value, form_with(several if value != 1 else one, value))} "
    if value and value % 10**6 == 0:
        words += "de "
    words += one if value == 1 else several
    hundredths = int(numeral.decimals.ljust(2, "0") or 0)
    if hundredths:
        form = form_with(cents, hundredths)
        words += f" con {spell_cardinal(hundredths, form)} {cent if hundredths == 1 else cents}"
    return words
