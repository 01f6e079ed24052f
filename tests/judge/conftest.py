"""The judge, loaded once; its packages are heavy, so they are imported only where a test asks for it."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.judge.recordings import read_recording

if TYPE_CHECKING:
    from tests.judge.judge import Judge

VOICES = Path(__file__).parents[2] / "voices"


@pytest.fixture(scope="session")
def judge() -> "Judge":
    """Compares with the default voice."""
    from tests.judge.judge import Judge

    return Judge(read_recording(VOICES / "default" / "reference.wav"))
