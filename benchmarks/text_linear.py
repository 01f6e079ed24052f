"""Shows that preparing a text takes time in proportion to its length, whatever it holds.

Run with `python -m benchmarks.text_linear`.
"""

import time

from benchmarks.tables import Report, write_bar
from service.text import prepare

SMALL, LARGE = 1_000, 10_000
WANTED = 15.0
TURNS = 7
PREDICTION = (
    "about 10 for every text, 11 at most: no rule looks farther than a fixed number of tokens without reading them all."
)
LETTERS = (
    "a",
    "A",
    "e\u0301",
    "\u0316\u0301",
    "ﷺ",
    "한",
    "a'",
    "' ",
    "a.",
    "a. ",
    "A. ",
    "etc. ",
    "p. ",
    "S. A. ",
    "O.N.",
    "ABC ",
    "HOLA Y ",
    "a@",
    "a.com",
    ",a ",
    "a, ",
    "a\n",
)
DIGITS = ("1", "0", "1,", "1.", "1 ", "1-", "1:", "1º ", "$1 ", '1"', "A1", "A-1", "placa A 1 ", "1 km/", "# 1-")
DATES = ("1/1/2026-", "2026-11-22T10:00:00-", "12 de ", "1 al ", "ene-", "lun-", "1:00-", "1 h ")
MONEY = ("US$", "$1-", "$1/", "Bs.", "$.5")
TELEPHONES = ("+1 ", "(1)", "tel 1", "*1", "55 1234 ")
MARKS = (".", "...", "¿", "(", "-", "—", "@", "$", "«", '"', "“”", "\n", "\u200b", "\ud800")
PICTURES = ("😀", "👩\u200d🚀", "🇲", "🇲🇽", "👍🏽", "\u200d", ":) ", "1\ufe0f\u20e3")
MARKUP = (
    "<",
    "<a ",
    "<a>",
    "<!--",
    "<script>",
    "&amp;",
    "&a",
    "[",
    "[a](",
    "](",
    "![",
    "[^a]",
    "\n# ",
    "\n- a",
    "\n> ",
    "|",
    "\n|-",
)
MORE_MARKUP = ("\n```", "\n---", "\n- - ", "\\", "\\n", "\\frac{1}{", "*", "_a", "`")
WEB = (
    "http://",
    "http://a.mx/ ",
    "www.a.mx/",
    "a:",
    "a=a",
    "a_a.",
    "#a",
    "#a ",
    "@a",
    "/a",
    "a/a.pdf ",
    "C:\\a",
    "AaAa",
    "α",
    "мир ",
)
PROSE = ("Hola. ", "—Hola —dijo ella—. ", "El camión salió a las 15:30 de Guadalajara, con $1,250.50 en la caja. ")
PATTERNS = LETTERS + DIGITS + DATES + MONEY + TELEPHONES + MARKS + PICTURES + MARKUP + MORE_MARKUP + WEB + PROSE


def measure(pattern: str) -> tuple[float, float]:
    """Least processor seconds of preparing a short text and a long one, taken in turns."""
    texts = [(pattern * size)[:size] for size in (SMALL, LARGE)]
    turns = [[_time(text) for text in texts] for _ in range(TURNS)]
    small, large = (min(times) for times in zip(*turns, strict=True))
    return small, large


def _time(text: str) -> float:
    start = time.process_time()
    prepare(text)
    return time.process_time() - start


def main() -> None:
    report = Report("text_linear", f"Preparing {LARGE} characters against {SMALL}", PREDICTION)
    prepare("Hola 1 😀.")
    found = {pattern: measure(pattern) for pattern in PATTERNS}
    rows = [
        [f"`{pattern!a}`".replace("|", "\\|"), f"{small * 1e3:.2f}", f"{large * 1e3:.1f}", f"{large / small:.1f}"]
        for pattern, (small, large) in found.items()
    ]
    worst = max(large / small for small, large in found.values())
    report.publish(
        ["repeated", f"ms for {SMALL}", f"ms for {LARGE}", "ratio"],
        rows,
        f"Least of {TURNS} turns. Worst ratio {worst:.1f}, wanted at most {write_bar(worst, WANTED)}.",
    )


if __name__ == "__main__":
    main()
