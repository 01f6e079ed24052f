"""Money: amounts, ranges of them, and what they buy, in words."""

from service.text.amounts import Amount, join_range, parse_amount
from service.text.pieces import Piece, say
from service.text.tables import table
from service.text.tokens import Gap, Kind, Tokens

_DASHES = "-–—"


def read_money(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "$1.50" as "un peso con cincuenta centavos", "$2 millones/mes" as "dos millones de pesos por mes"."""
    start, sign = _lead(tokens, index)
    amount = parse_amount(tokens, start)
    if amount is None:
        return None
    words, stop = sign + amount.spell(), amount.stop
    last = _range_end(tokens, amount)
    if last:
        shows_coin = tokens[amount.stop + 1].kind is not Kind.DIGITS
        words = sign + (f"{amount.spell()} a {last.spell()}" if shows_coin else join_range(amount, last))
        stop = last.stop
    rate, stop = _rate(tokens, stop)
    return say(words + rate, [tokens[index], tokens[stop - 1]]), stop


def _lead(tokens: Tokens, index: int) -> tuple[int, str]:
    """The index after a plus or minus at `index`, and its name."""
    token, before = tokens[index], tokens[index - 1]
    if not token.is_mark("-−–+") or not tokens[index + 1].glued or (token.glued and not before.is_mark("(¿¡")):
        return index, ""
    return index + 1, "más " if token.text == "+" else "menos "


def _range_end(tokens: Tokens, amount: Amount) -> Amount | None:
    """The amount after a dash after `amount`."""
    dash, following = tokens[amount.stop], tokens[amount.stop + 1]
    if not dash.is_mark(_DASHES) or dash.glued != following.glued or max(dash.gap, following.gap) > Gap.SPACE:
        return None
    last = parse_amount(tokens, amount.stop + 1, amount.coin)
    return last if last and (dash.glued or following.kind is not Kind.DIGITS) else None


def _rate(tokens: Tokens, index: int) -> tuple[str, int]:
    """What one pays for, after a slash at `index`, or "", and the index after it."""
    slash, unit, power = tokens[index : index + 3]
    if not (slash.is_mark("/") and slash.glued and unit.glued and unit.kind is Kind.WORD):
        return "", index
    names = table().mapping("sold_by")
    if power.glued and unit.text + power.text in names:
        return f" por {names[unit.text + power.text]}", index + 3
    name = names.get(unit.text) or (unit.text if len(unit.text) > 2 else "")
    return (f" por {name}", index + 2) if name else ("", index)
