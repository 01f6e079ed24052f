"""Holds the promise that CI fails when a system test is skipped, by runs of pytest within the test."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SKIPPED = """
import pytest
pytestmark = pytest.mark.{mark}

{how}
"""
BY_CALL = 'def test_one() -> None:\n    pytest.skip("needs the program nonesuch")\n'
BY_MARK = '@pytest.mark.skipif(True, reason="needs the program nonesuch")\ndef test_one() -> None:\n    assert False\n'


def run_pytest(folder: Path, source: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    (folder / "conftest.py").write_text((Path(__file__).parent / "conftest.py").read_text())
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    system: x\n    slow: x\n")
    (folder / "test_sample.py").write_text(source)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("ESLATAM_", "PYTEST_"))}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio"]
    return subprocess.run(command, cwd=folder, env={**inherited, **environment}, capture_output=True, text=True)


@pytest.mark.slow
@pytest.mark.parametrize("how", [BY_CALL, BY_MARK])
def test_a_skipped_system_test_fails_where_that_is_asked(tmp_path: Path, how: str) -> None:
    ended = run_pytest(tmp_path, SKIPPED.format(mark="system", how=how), {"ESLATAM_FAIL_ON_SKIP": "1"})
    assert ended.returncode == 1
    assert "needs the program nonesuch" in ended.stdout
    assert "skipped" not in ended.stdout.splitlines()[-1]


@pytest.mark.slow
@pytest.mark.parametrize(("mark", "environment"), [("system", {}), ("slow", {"ESLATAM_FAIL_ON_SKIP": "1"})])
def test_elsewhere_a_skip_stays_a_skip(tmp_path: Path, mark: str, environment: dict[str, str]) -> None:
    ended = run_pytest(tmp_path, SKIPPED.format(mark=mark, how=BY_CALL), environment)
    assert ended.returncode == 0
    assert "1 skipped" in ended.stdout
