"""A text as a recogniser may have written it, and as it was asked for, brought to one form."""

import re
import unicodedata

from tests.judge.numerals import spell_digits, spell_number

_DOLLARS = re.compile(r"\$\s*(\d[\d.,]*\d|\d)")
_ORDINAL = re.compile(r"(\d)\s*[ºª°]")
_NUMERAL = re.compile(r"\d+(?:[.,]\d+)*")
_THOUSANDS = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_DECIMAL = re.compile(r"(\d{1,3}(?:[.,]\d{3})*|\d+)[.,](\d{1,2})")
_NOT_WORD = re.compile(r"[^\w\s]|_")
_LONGEST_CODE = 6
"""Digits; a longer run that begins with 0 is read digit by digit."""


def normalize(text: str) -> str:
    """Lower case, digits in words, punctuation and accents dropped (ñ stays), one space between words."""
    text = unicodedata.normalize("NFC", text.lower())
    text = _DOLLARS.sub(r"\1 pesos", text).replace("%", " por ciento ")
    text = _NUMERAL.sub(lambda numeral: f" {_read(numeral[0])} ", _ORDINAL.sub(r"\1 ", text))
    return " ".join(_NOT_WORD.sub(" ", _drop_accents(text)).split())


def _read(numeral: str) -> str:
    if not _THOUSANDS.fullmatch(numeral) and (decimal := _DECIMAL.fullmatch(numeral)):
        whole, fraction = (int(re.sub(r"\D", "", part)) for part in decimal.groups())
        return f"{spell_number(whole)} punto {spell_number(fraction)}"
    digits = re.sub(r"\D", "", numeral)
    if len(digits) > _LONGEST_CODE and digits.startswith("0"):
        return spell_digits(digits)
    return spell_number(int(digits))


def _drop_accents(text: str) -> str:
    letters = (letter if letter == "ñ" else unicodedata.normalize("NFD", letter) for letter in text)
    return "".join(part for part in "".join(letters) if not unicodedata.combining(part))
