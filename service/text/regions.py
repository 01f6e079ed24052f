"""Where a text is read: what the countries write differently."""

from dataclasses import dataclass
from functools import cache

from service.errors import Reason, ServiceError
from service.text.tables import table

DEFAULT = "es-419"


@dataclass(frozen=True, slots=True)
class Region:
    """A country by its BCP-47 tag: the mark before decimals, and the code of the coin that "$" is without more.

    `month_first`: dates in numbers begin with the month.
    """

    code: str
    decimal: str
    dollar_sign: str
    month_first: bool = False


def find_region(language: str) -> Region:
    """The region of a BCP-47 tag of Spanish; Latin America's if it names none we know. ServiceError otherwise."""
    tag, *rest = language.replace("_", "-").split("-")
    if tag.lower() != "es":
        raise ServiceError(
            Reason.UNSUPPORTED_OPTION,
            en="This service reads Spanish only: use a language code such as es-419 or es-MX.",
            es="Este servicio solo lee español: usar un código de idioma como es-419 o es-MX.",
        )
    known = regions()
    return known.get(f"es-{rest[-1].upper()}" if rest else DEFAULT, known[DEFAULT])


@cache
def regions() -> dict[str, Region]:
    """Every region by its tag."""
    return {code: Region(code, **values) for code, values in table().mapping("regions").items()}
