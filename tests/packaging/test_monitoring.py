"""The dashboard and the alerts: they ask for what the code measures, and a real Prometheus answers them."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from rest_bridge.metrics import Metrics
from service.telemetry import metrics

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
ALERTS = ROOT / "config/prometheus/alerts.yml"
PROMETHEUS = ROOT / "config/prometheus/prometheus.yml"
DASHBOARDS = sorted((ROOT / "config/grafana/dashboards").glob("*.json"))
MISHAPS = {"tts_rejected_total", "tts_fallback_total", "tts_bridge_disconnects_total"}
"""Series that are not there before something goes wrong."""

SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum"), "gauge": ("",)}
ADDED_ON_SCRAPE = {"instance", "job", "le"}
FROM_ELSEWHERE = re.compile(r"up$|process_\w+$|ALERTS$")


def registered() -> dict[str, set[str]]:
    """Labels of every series that the two processes write."""
    written = [*vars(metrics).values(), *vars(Metrics()).values()]
    return {
        metric._name + suffix: set(metric._labelnames) | ADDED_ON_SCRAPE
        for metric in written
        if isinstance(metric, MetricWrapperBase)
        for suffix in SUFFIXES[metric._type]
    }


def expressions() -> Iterator[str]:
    """Every query of the dashboards and the rules."""
    for dashboard in DASHBOARDS:
        for panel in json.loads(dashboard.read_text())["panels"]:
            yield from (target["expr"] for target in panel.get("targets", ()))
    yield from (rule["expr"] for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"])


def recorded() -> set[str]:
    groups = yaml.safe_load(ALERTS.read_text())["groups"]
    return {rule["record"] for group in groups for rule in group["rules"] if "record" in rule}


def read_query(expression: str) -> Iterator[tuple[str, set[str]]]:
    """Names of the series an expression asks for, each with the labels it matches."""
    bare = re.sub(r"\b(by|without|on|ignoring)\s*\([^)]*\)|\[[^]]*\]", "", expression)
    for name, labels, called in re.findall(r"([a-zA-Z_:][\w:]*)\s*(\{[^}]*\})?\s*(\(?)", bare):
        if not called and name not in {"and", "or", "unless"}:
            yield name, set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"", labels))


def unknown(expression: str) -> list[str]:
    """What an expression asks for and nobody writes."""
    known = registered()
    wrong = []
    for name, labels in read_query(expression):
        if name in recorded() or FROM_ELSEWHERE.match(name):
            continue
        wrong += [name] if name not in known else sorted(labels - known[name])
    return wrong


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_every_query_asks_for_what_the_code_writes(expression: str) -> None:
    assert list(read_query(expression))
    assert unknown(expression) == []


@pytest.mark.parametrize(
    ("expression", "wrong"),
    [
        ("sum(rate(tts_nothing_total[5m])) by (rpc)", ["tts_nothing_total"]),
        ('sum by (le) (rate(tts_queue_seconds_bucket{voice="x"}[5m]))', ["voice"]),
        ("tts_streams > 1 and up == 0", ["tts_streams"]),
    ],
)
def test_a_query_for_anything_else_is_found(expression: str, wrong: list[str]) -> None:
    assert unknown(expression) == wrong


def test_the_dashboard_has_its_rows_and_no_panel_over_another() -> None:
    panels = [panel for path in DASHBOARDS for panel in json.loads(path.read_text())["panels"]]
    rows = [panel["title"] for panel in panels if panel["type"] == "row"]
    assert rows == ["SLO", "Load", "Stages", "Engine", "gRPC", "Bridge", "Process"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = [
        (x, y)
        for position in (panel["gridPos"] for panel in panels)
        for x in range(position["x"], position["x"] + position["w"])
        for y in range(position["y"], position["y"] + position["h"])
    ]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24


def test_the_dashboard_reads_the_data_source_that_is_provisioned() -> None:
    folder = ROOT / "config/grafana/provisioning"
    source = yaml.safe_load((folder / "datasources/prometheus.yml").read_text())["datasources"][0]
    variable = json.loads(DASHBOARDS[0].read_text())["templating"]["list"][0]
    assert (variable["query"], variable["current"]["value"]) == (source["type"], source["uid"])


@pytest.mark.system
@pytest.mark.parametrize(
    "check",
    [
        ("check", "config", PROMETHEUS),
        ("check", "rules", ALERTS),
        ("test", "rules", Path(__file__).with_name("alerts_test.yml")),
    ],
)
def test_promtool_accepts_the_files(find_program: Callable[[str], str], check: tuple[str | Path, ...]) -> None:
    ended = subprocess.run([find_program("promtool"), *check], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.system
def test_a_scrape_brings_what_was_counted(prometheus: Any) -> None:
    assert prometheus.value("sum(up)") == 2
    assert prometheus.value('sum(tts_streams_total{rpc="SynthesizeStream", outcome="complete"})') == 2
    assert prometheus.value('sum(tts_streams_total{rpc="Synthesize", outcome="complete"})') == 1
    assert prometheus.value('sum(http_requests_total{route="/v1/audio/speech", status="400"})') == 1
    assert prometheus.value("sum(tts_audio_seconds_total)") > 0
    assert prometheus.value('tts_engine_state{model="fake", state="ready"}') == 1


@pytest.mark.system
def test_every_query_is_answered(prometheus: Any) -> None:
    for expression in expressions():
        prometheus.ask(expression)


@pytest.mark.system
def test_every_series_asked_for_is_scraped_unless_it_counts_mishaps(prometheus: Any) -> None:
    asked = {name for expression in expressions() for name, _ in read_query(expression)} - {"ALERTS"}
    assert asked - recorded() - prometheus.names() <= MISHAPS


@pytest.mark.system
def test_nothing_is_alerted_while_all_is_well(prometheus: Any) -> None:
    assert prometheus.ask('ALERTS{alertstate="firing"}') == []
