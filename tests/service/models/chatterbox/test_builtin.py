from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks.random_weights.enrolment import conds
from service.errors import Reason, ServiceError
from service.models.chatterbox.builtin import read_builtin
from service.models.chatterbox.files import checksum

Content = dict[str, dict[str, Any]]


def write(path: Path, content: object) -> Path:
    torch.save(content, path)
    return path


def test_the_voice_of_the_checkpoint_is_read_as_it_is(tmp_path: Path) -> None:
    content = conds(0)
    voice = read_builtin(path := write(tmp_path / "conds.pt", content), "r1")
    assert voice.digest == f"{checksum(path)}@r1"
    assert torch.equal(voice.speaker_embedding, content["t3"]["speaker_emb"][0])
    assert torch.equal(voice.prompt_tokens, content["t3"]["cond_prompt_speech_tokens"][0])
    assert torch.equal(voice.reference_tokens, content["gen"]["prompt_token"][0])
    assert torch.equal(voice.reference_mel, content["gen"]["prompt_feat"][0])
    assert torch.equal(voice.x_vector, content["gen"]["embedding"][0])


@pytest.mark.parametrize(("tokens", "frames", "paired"), [(157, 315, 157), (157, 313, 156), (150, 314, 150)])
def test_what_has_no_partner_is_left_out(tmp_path: Path, tokens: int, frames: int, paired: int) -> None:
    content = conds(0)
    content["gen"]["prompt_token"] = torch.zeros(1, tokens, dtype=torch.int64)
    content["gen"]["prompt_feat"] = torch.zeros(1, frames, 80)
    voice = read_builtin(write(tmp_path / "conds.pt", content), "r1")
    assert (len(voice.reference_tokens), len(voice.reference_mel)) == (paired, 2 * paired)


WRONG: list[Callable[[Content], object]] = [
    lambda content: content.pop("gen"),
    lambda content: content["gen"].pop("embedding"),
    lambda content: content["gen"].update(embedding=None),
    lambda content: content["gen"].update(embedding=torch.zeros(1, 191)),
    lambda content: content["gen"].update(embedding=torch.full((1, 192), torch.nan)),
    lambda content: content["gen"].update(prompt_token=torch.full((1, 157), 6561)),
    lambda content: content["gen"].update(prompt_token=[]),
    lambda content: content["gen"].update(prompt_feat=torch.zeros(1, 314, 60)),
    lambda content: content["t3"].update(cond_prompt_speech_tokens=None),
    lambda content: content["t3"].update(cond_prompt_speech_tokens=torch.tensor(3)),
    lambda content: content["t3"].update(speaker_emb="loud"),
    lambda content: content.update(t3=3),
]


def refused(path: Path) -> None:
    with pytest.raises(ServiceError) as caught:
        read_builtin(path, "r1")
    assert caught.value.reason is Reason.MODEL_NOT_INSTALLED
    for sentence in (caught.value.en, caught.value.es):
        assert str(path) in sentence
        assert "eslatam models download" in sentence


@pytest.mark.parametrize("spoil", WRONG, ids=range(len(WRONG)))
def test_another_content_is_refused(tmp_path: Path, spoil: Callable[[Content], object]) -> None:
    content = conds(0)
    spoil(content)
    refused(write(tmp_path / "conds.pt", content))


@pytest.mark.parametrize("data", [b"", b"conds", b"PK\x03\x04 and no more"])
def test_another_file_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "conds.pt"
    path.write_bytes(data)
    refused(path)


class Intruder:
    """Would run code if it were read as a pickle may be."""

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return Path.touch, (Path("intruder"),)


def test_nothing_that_the_file_holds_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    refused(write(tmp_path / "conds.pt", {"t3": Intruder()}))
    assert not (tmp_path / "intruder").exists()
