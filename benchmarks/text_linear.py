"""Shows that preparing a text takes time in proportion to its length, whatever it holds.

Run with `python -m benchmarks.text_linear`.
"""

import statistics
import time

from service.text import prepare

SMALL, LARGE = 1_000, 10_000
WANTED = 15.0
REPEATS = 5
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
MARKS = (".", "...", "¿", "(", "-", "—", "@", "$", "«", '"', "“”", "\n", "\u200b", "\ud800", "😀")
PROSE = ("Hola. ", "El camión salió a las 15:30 de Guadalajara, con $1,250.50 en la caja. ")
PATTERNS = LETTERS + DIGITS + DATES + MONEY + TELEPHONES + MARKS + PROSE


def measure(text: str) -> float:
    """Median processor seconds of one preparation."""
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        prepare(text)
        times.append(time.process_time() - start)
    return statistics.median(times)


def main() -> None:
    """Prints a table; the ratio of the two times is about 10 where work is linear."""
    prepare("Hola 1.")
    print(f"{'text':24} {SMALL:>8} ms {LARGE:>8} ms {'ratio':>6}")
    worst = 0.0
    for pattern in PATTERNS:
        small, large = (measure((pattern * size)[:size]) for size in (SMALL, LARGE))
        worst = max(worst, large / small)
        print(f"{ascii(pattern)[:24]:24} {small * 1e3:8.2f}    {large * 1e3:8.2f}    {large / small:6.1f}")
    print(f"worst ratio {worst:.1f}, wanted at most {WANTED:.0f}")


if __name__ == "__main__":
    main()
