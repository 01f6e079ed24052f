"""What holds for every test."""

import os
from collections.abc import Generator

import pytest

FAIL_ON_SKIP = "ESLATAM_FAIL_ON_SKIP"
"""Set to 1 where every system program should be there: a test marked `system` that is skipped then fails."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    expected = item.get_closest_marker("system") and os.environ.get(FAIL_ON_SKIP) == "1"
    if expected and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, though {FAIL_ON_SKIP} is set: {skip_reason(report)}"
    return report


def skip_reason(report: pytest.TestReport) -> str:
    """Why a test was skipped."""
    return report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
