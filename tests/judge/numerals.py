"""Whole numbers in Spanish words, for comparing what was said with what a recogniser wrote in digits."""

UNITS = (
    "cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce",
    "trece", "catorce", "quince", "dieciséis", "diecisiete", "dieciocho", "diecinueve", "veinte", "veintiuno",
    "veintidós", "veintitrés", "veinticuatro", "veinticinco", "veintiséis", "veintisiete", "veintiocho",
    "veintinueve",
)  # fmt: skip
TENS = ("treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa")
HUNDREDS = (
    "ciento", "doscientos", "trescientos", "cuatrocientos", "quinientos", "seiscientos", "setecientos", "ochocientos",
    "novecientos",
)  # fmt: skip
LARGEST = 10**12


def spell_number(number: int) -> str:
    """A number from 0, in the masculine: "veintiuno mil" is never said, "veintiún mil" is. Digits from 10^12 on."""
    if number < 30:
        return UNITS[number]
    if number < 100:
        return _join(TENS[number // 10 - 3], number % 10, " y ")
    if number < 1000:
        return "cien" if number == 100 else _join(HUNDREDS[number // 100 - 1], number % 100)
    if number < 10**6:
        thousands = number // 1000
        return _join("mil" if thousands == 1 else f"{_shorten(thousands)} mil", number % 1000)
    if number < LARGEST:
        millions = number // 10**6
        return _join("un millón" if millions == 1 else f"{_shorten(millions)} millones", number % 10**6)
    return spell_digits(str(number))


def spell_digits(digits: str) -> str:
    """Each digit by its name."""
    return " ".join(UNITS[int(digit)] for digit in digits)


def _join(head: str, rest: int, link: str = " ") -> str:
    return f"{head}{link}{spell_number(rest)}" if rest else head


def _shorten(number: int) -> str:
    """As said before a noun: ciento un, treinta y un, veintiún."""
    words = spell_number(number)
    if words.endswith("veintiuno"):
        return f"{words.removesuffix('veintiuno')}veintiún"
    return words[:-1] if words.endswith("uno") else words
