"""What it costs to read a text while it is written, and how long a segment waits after its last word."""

import statistics
import time
from itertools import product

from benchmarks.tables import Report
from service.text import Assembler, prepare

TEXT = (
    "¡Claro! Con mucho gusto le explico. El plan mensual cuesta $1,250.50 y el anual $12,000, es decir, un 20% menos. "
    "El Dr. Ramírez atiende de 8:00 a 15:30, de lunes a viernes, en Av. Reforma 222. ¿Y si cambio de opinión? Puede "
    "cancelar cuando quiera, sin penalización, durante los primeros 30 días.\n\n1. Abra la aplicación.\n2. Elija el "
    "plan y confirme con su huella; el cargo se ve en 24 a 48 h.\n\nNo. De verdad: no es un robot... Recorrió 21 km. "
)
PREDICTION = (
    "a character is read some 17 times, for text is read again once it grew by a sixteenth, and its context with it: "
    "at most 25 times one reading, at any length; half of the segments wait for less than 50 characters."
)
HEAD = ["characters", "piece", "µs a character", "times one reading", "median wait", "longest wait"]
COPIES = (2, 20)
PIECES = (1, 4, 20)


def feed(text: str, size: int) -> tuple[float, list[int]]:
    """Processor seconds, and for each segment given before the end the characters that came after its last."""
    assembler, waits = Assembler(prepare), []
    started = time.process_time()
    for at in range(0, len(text), size):
        lines = assembler.feed(text[at : at + size])
        waits += [min(at + size, len(text)) - line.segment.offset - line.segment.length for line in lines[-1:]]
    assembler.flush()
    return time.process_time() - started, waits


def read_whole(text: str) -> float:
    started = time.process_time()
    prepare(text)
    return time.process_time() - started


def main() -> None:
    report = Report("live_text", "Text that is read while it is written", PREDICTION)
    rows = []
    for text, size in product([TEXT * copies for copies in COPIES], PIECES):
        whole = statistics.median(read_whole(text) for _ in range(5))
        seconds, waits = feed(text, size)
        cost = [f"{seconds / len(text) * 1e6:.0f}", f"{seconds / whole:.1f}"]
        rows.append([str(len(text)), str(size), *cost, f"{statistics.median(waits):.0f}", str(max(waits))])
    report.publish(HEAD, rows, "Waits are in characters that came after a segment's last. Processor time, one thread.")


if __name__ == "__main__":
    main()
