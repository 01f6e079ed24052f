"""What a crowd heard, in figures, as a table and as a plot."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from service.commands.bench.listeners import COMPLETE, Session
from service.language import tr

AUDIBLE = 0.1
"""Seconds of silence that a listener takes for a gap."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Percentiles, in seconds; zeros where there was nothing to measure."""

    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What the streams came to. `first_audio` and `worst_gap` are over the streams that were heard to their end.

    `gaps` counts streams with a silence of over 0.1 s; `refused` every stream that was not complete, by reason; `lag`
    is how late the listeners' own event loops woke, the noise of this measurement.
    """

    offered: int
    complete: int
    refused: dict[str, int]
    first_audio: Spread
    worst_gap: Spread
    gaps: int
    audio_seconds: float
    elapsed: float
    lag: Spread

    @property
    def throughput(self) -> float:
        """Seconds of audio heard in a second."""
        return self.audio_seconds / self.elapsed if self.elapsed else 0.0


def count(session: Session) -> Figures:
    heard = session.heard
    complete = [each for each in heard if each.outcome == COMPLETE]
    return Figures(
        offered=len(heard),
        complete=len(complete),
        refused=dict(Counter(each.outcome for each in heard if each.outcome != COMPLETE)),
        first_audio=spread([each.first for each in complete]),
        worst_gap=spread([each.gap for each in complete]),
        gaps=sum(each.gap > AUDIBLE for each in complete),
        audio_seconds=sum(each.audio for each in heard),
        elapsed=max((each.at + each.whole for each in heard), default=0.0),
        lag=spread(session.lags),
    )


def spread(values: Sequence[float]) -> Spread:
    """Percentiles by the nearest rank."""
    ranked = sorted(values)

    def at(percent: int) -> float:
        return ranked[-(-percent * len(ranked) // 100) - 1] if ranked else 0.0

    return Spread(at(50), at(95), at(99))


def write_table(figures: Figures) -> str:
    refused = ", ".join(f"{reason} {number}" for reason, number in sorted(figures.refused.items())) or "0"
    rows = [
        (tr("streams offered", "flujos ofrecidos"), str(figures.offered)),
        (tr("complete", "completos"), str(figures.complete)),
        (tr("refused or cut", "rechazados o cortados"), refused),
        (tr("first audio p50 / p95 / p99", "primer audio p50 / p95 / p99"), _milliseconds(figures.first_audio)),
        (tr("worst gap p50 / p95 / p99", "peor corte p50 / p95 / p99"), _milliseconds(figures.worst_gap)),
        (tr("streams with a gap over 100 ms", "flujos con un corte de más de 100 ms"), str(figures.gaps)),
        (tr("audio s/s", "s de audio/s"), f"{figures.throughput:.1f}"),
        (tr("listeners' own lag p50 / p95 / p99", "retraso propio p50 / p95 / p99"), _milliseconds(figures.lag)),
    ]
    head = (tr("what", "qué"), tr("measured", "medido"))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ("---", "---"), *rows))


def write_json(target: str, figures: Figures, session: Session) -> dict[str, Any]:
    return {
        "target": target,
        **asdict(figures),
        "throughput": figures.throughput,
        "streams": [asdict(each) for each in session.heard],
    }


def draw(target: str, session: Session, path: Path) -> None:
    """First audio over the time of arrival, and how first audio and gaps are spread. ImportError without matplotlib."""
    from matplotlib.figure import Figure

    complete = [each for each in session.heard if each.outcome == COMPLETE]
    refused = [each.at for each in session.heard if each.outcome != COMPLETE]
    figure = Figure(figsize=(9, 3.5), layout="constrained")
    times, spreads = figure.subplots(1, 2)
    times.plot([each.at for each in complete], [each.first for each in complete], ".", label=tr("heard", "oídos"))
    times.plot(refused, [0.0] * len(refused), "rx", label=tr("refused", "rechazados"))
    times.set(xlabel=tr("arrival (s)", "llegada (s)"), ylabel=tr("first audio (s)", "primer audio (s)"), title=target)
    times.legend()
    shares = [(index + 1) / len(complete) for index in range(len(complete))]
    spreads.plot(sorted(each.first for each in complete), shares, label=tr("first audio", "primer audio"))
    spreads.plot(sorted(each.gap for each in complete), shares, label=tr("worst gap", "peor corte"))
    spreads.set(xlabel="s", ylabel=tr("share of streams", "proporción de flujos"))
    spreads.legend()
    figure.savefig(path, dpi=80)


def _milliseconds(spread: Spread) -> str:
    return " / ".join(f"{1000 * seconds:.0f}" for seconds in asdict(spread).values()) + " ms"
