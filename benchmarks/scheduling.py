"""Many callers in virtual time: what they hear under the engine's policy and admission, and without.

python -m benchmarks.scheduling [--minutes M] [--seeds N]
"""

import argparse
import asyncio
import math
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from statistics import mean

import yaml

from benchmarks.simulation import FIRST_WINDOW, SENTENCE_TOKENS, SLOTS, Machine, Outcome, simulate, write_scripts
from benchmarks.tables import Report
from service.config import ROOT
from service.engine.admission import Terms
from service.engine.floor import Picker
from service.engine.scheduling import Outlook, pick, render_first
from service.engine.slots import Order
from service.engine.streams import LocalStream

PREDICTION = (
    "with admission first audio p95 is near 1 s, no gap is over 100 ms, 3, 18 and 37 % are refused at 93, 120 and "
    "160 %, and nine tenths of the capacity are spoken in overload. Without admission the queue grows for ever past "
    "100 %; first come first served leaves gaps in long texts. Renderings cost a sixth of the capacity, and first "
    "audio waits for company, 0.1 s more."
)
HEAD = (
    "units",
    "policy",
    "load",
    "first audio p50",
    "p95",
    "gap > 100 ms",
    "worst gap",
    "refused",
    "audio-s/s",
    "of capacity",
    "bars",
)
LOADS = {0.93: 0.05, 1.2: 0.22, 1.6: 0.42}
"""Offered audio over the capacity, and the most that may be refused."""

FIRST, GAP, THROUGHPUT = 1.2, 0.1, 0.9
"""What must hold with admission: first audio p95 in seconds, the longest gap, the share of the capacity in overload."""

FIRST_SEED = 100
TOKENS_A_SECOND = 25
MEAN_AUDIO = (0.85 * 1 + 0.15 * 15) * mean(SENTENCE_TOKENS) / TOKENS_A_SECOND
ADMITTED = 0
"""The policy that the bars are for."""

SHORT = 3.0
"""Minutes simulated of the others: what grows without bound is known by then."""

MACHINES = {
    "steps": Machine(),
    "steps, renderings": Machine(rendering=0.025, batch=8, window_tokens=15),
    "steps, dear renderings": Machine(rendering=0.020, window=0.005, batch=8, window_tokens=15),
}
NOTE = (
    "Units: a step of 14 ms and 0.45 ms for each row, audio there with its tokens; a rendering of 25 ms for up to 8 "
    "windows of 15 tokens; one of 20 ms and 5 ms for each window, with which a row in full slots is slower than its "
    "listener: as many live streams as rows keep up are let in, while the load is over what full slots could do. "
    "The policy's constants were chosen on other seeds. Under every policy who is due takes the slot of what is not "
    "heard for long, which does first come first served no good. Lulls of 6 and 8 instead of 5 and 6 had left, on "
    "these, 1 to 4 gaps of up to 116 ms with renderings."
)
UNBOUNDED = Terms(queue_limit=10**9, queue_seconds=math.inf, live_share=math.inf)


@dataclass(frozen=True, slots=True)
class Policy:
    name: str
    terms: Terms
    choose: Picker = pick
    order: Order = render_first


@dataclass(frozen=True, slots=True)
class Run:
    policy: int
    machine: Machine
    load: float
    seed: int
    minutes: float


def read_terms() -> Terms:
    """The terms of a server: `config/production.yaml`."""
    return Terms(**yaml.safe_load((ROOT / "config/production.yaml").read_text())["engine"])


def take_first(ready: Iterable[LocalStream], now: float, heard: Callable[[str], float]) -> LocalStream | None:
    return min(ready, key=lambda stream: stream.arrived_at, default=None)


def render_always(outlook: Outlook) -> bool:
    return True


POLICIES = (
    Policy("deadlines, admission", read_terms()),
    Policy("deadlines, no admission", UNBOUNDED),
    Policy("first come first served, admission", read_terms(), take_first, render_always),
    Policy("first come first served, no admission", UNBOUNDED, take_first, render_always),
)


def find_capacity(machine: Machine) -> float:
    """Seconds of audio in a busy second with full slots and full renderings; the last window may be short."""
    later = mean(math.ceil((tokens - FIRST_WINDOW) / machine.window_tokens) for tokens in SENTENCE_TOKENS)
    windows = TOKENS_A_SECOND * (1 + later) / mean(SENTENCE_TOKENS) if machine.rendering else 0.0
    decoding = TOKENS_A_SECOND * (machine.step + machine.row * SLOTS) / SLOTS
    return 1 / (decoding + windows * (machine.rendering + machine.window * machine.batch) / machine.batch)


def run(case: Run) -> tuple[list[Outcome], float]:
    """What became of every request, and the virtual seconds."""
    policy, seconds = POLICIES[case.policy], case.minutes * 60
    scripts = write_scripts(case.load * find_capacity(case.machine) / MEAN_AUDIO, seconds, case.seed)
    return asyncio.run(simulate(case.machine, scripts, seconds, policy.terms, policy.choose, policy.order)), seconds


def write_row(policy: Policy, load: float, capacity: float, found: Sequence[tuple[list[Outcome], float]]) -> list[str]:
    outcomes = [outcome for each, _ in found for outcome in each]
    heard = [outcome for outcome in outcomes if not outcome.refused]
    first = sorted(outcome.first for outcome in heard)
    p95 = first[int(0.95 * len(first))]
    refused = 1 - len(heard) / len(outcomes)
    spoken = sum(outcome.audio for outcome in heard) / sum(seconds for _, seconds in found)
    gaps = sum(outcome.gap > GAP for outcome in heard)
    share = spoken / capacity
    holds = p95 <= FIRST and not gaps and refused <= LOADS[load] and (load < 1 or share >= THROUGHPUT)
    cells = [f"{first[len(first) // 2]:.2f} s", f"{p95:.2f} s", f"{gaps} of {len(heard)}"]
    cells += [
        f"{max(outcome.gap for outcome in heard) * 1000:.0f} ms",
        f"{refused:.1%}",
        f"{spoken:.1f}",
        f"{share:.2f}",
    ]
    return [policy.name, f"{load:.0%}", *cells, "holds" if holds else "does not hold"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--seeds", type=int, default=5)
    chosen = parser.parse_args()
    report = Report("scheduling", f"Many callers, {SLOTS} slots, virtual time", PREDICTION)
    cases = [
        Run(policy, machine, load, seed, chosen.minutes if policy == ADMITTED else min(SHORT, chosen.minutes))
        for machine in MACHINES.values()
        for policy in range(len(POLICIES))
        if _compares(policy, machine)
        for load in LOADS
        for seed in range(FIRST_SEED, FIRST_SEED + chosen.seeds)
    ]
    with ProcessPoolExecutor() as pool:
        found = list(zip(cases, pool.map(run, cases), strict=True))
    rows = [
        [
            name,
            *write_row(POLICIES[policy], load, find_capacity(machine), [ran for case, ran in found if _is(case, *key)]),
        ]
        for name, machine in MACHINES.items()
        for policy in range(len(POLICIES))
        if _compares(policy, machine)
        for load in LOADS
        for key in [(policy, machine, load)]
    ]
    capacities = ", ".join(f"{find_capacity(machine):.1f}" for machine in MACHINES.values())
    report.publish(HEAD, rows, NOTE, f"Capacities: {capacities} audio-s/s.", _describe(chosen.minutes, chosen.seeds))


def _compares(policy: int, machine: Machine) -> bool:
    """Whether the policy is tried on the machine: those without bars on the machines that can keep up."""
    return policy == ADMITTED or find_capacity(machine) > SLOTS


def _is(case: Run, policy: int, machine: Machine, load: float) -> bool:
    return (case.policy, case.machine, case.load) == (policy, machine, load)


def _describe(minutes: float, seeds: int) -> str:
    refused = ", ".join(f"{most:.0%}" for most in LOADS.values())
    return (
        f"{seeds} seeds of {minutes:g} minutes; of {min(SHORT, minutes):g} for comparison. Sentences of 60 to 140 "
        f"tokens, 15 % of texts have 6 to 24, first audio after {FIRST_WINDOW} tokens, callers come at random. The "
        "streams, slots, policy and admission are the engine's own, on the terms of config/production.yaml. Who heard "
        f"nothing by the end counts with the wait so far. Bars: first audio p95 {FIRST} s, no gap over "
        f"{GAP * 1000:.0f} ms, refused at most {refused}, {THROUGHPUT} of the capacity in overload."
    )


if __name__ == "__main__":
    main()
