"""T3's Llama over upstream's weights: embeddings, blocks and speech head.

Source: `T3` of chatterbox-tts 0.1.7. Its class is not used.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from service.models.chatterbox.conditioning import Conditioning
from service.models.chatterbox.t3.blocks import Attention, Block, normalise
from service.models.chatterbox.t3.checkpoint import Checkpoint
from service.models.chatterbox.t3.conditions import ConditionEncoder
from service.models.chatterbox.t3.rotation import rotation_table
from service.models.chatterbox.t3.sampling import IDS
from service.models.chatterbox.t3.vocabulary import START, START_TEXT, STOP_TEXT

_LONGEST = 8192
"""Positions of the rotation: more than upstream's text and speech can have together."""


class Network(nn.Module):
    """All of T3's weights, on one device. Rows that go through it know nothing of each other but by attention."""

    text: Tensor
    text_places: Tensor
    speech: Tensor
    speech_places: Tensor
    norm: Tensor
    cosines: Tensor
    sines: Tensor

    def __init__(self, checkpoint: Checkpoint) -> None:
        super().__init__()
        self.device, self.wide, self.narrow = checkpoint.device, checkpoint.wide, checkpoint.narrow
        self.kept = checkpoint.kept
        self.layers = checkpoint.layers
        self.is_row_exact = checkpoint.precision == "int8"
        """Whether a row comes out bit for bit the same however many go through together."""
        self.register_buffer("text", checkpoint.table("text_emb.weight"))
        self.register_buffer("text_places", checkpoint.table("text_pos_emb.emb.weight"))
        self.register_buffer("speech", checkpoint.table("speech_emb.weight"))
        self.register_buffer("speech_places", checkpoint.table("speech_pos_emb.emb.weight"))
        self.register_buffer("norm", checkpoint.table("tfmr.norm.weight"))
        for name, table in zip(("cosines", "sines"), rotation_table(_LONGEST, self.narrow), strict=True):
            self.register_buffer(name, table.to(self.device))
        self._conditions = ConditionEncoder(checkpoint)
        self._blocks = [Block(checkpoint, index) for index in range(self.layers)]
        for block in self._blocks:
            self.add_module(f"block_{block.index}", block)
        self._head = checkpoint.head("speech_head.weight", IDS)

    def embed_conditions(self, voice: Conditioning, exaggeration: float) -> Tensor:
        """The rows before the text, shape [34, 1024]."""
        prompt = voice.prompt_tokens.to(self.device)
        embedded = self.speech[prompt] + self.speech_places[: len(prompt)]
        return self._conditions.encode(voice.speaker_embedding, embedded, exaggeration)

    def embed_text(self, text: Sequence[int], lanes: int) -> Tensor:
        """The text between its marks, then the first of two start tokens, shape [lanes, len(text) + 3, 1024].

        The second lane is the one without text: its ids are zeroed before positions are added, as upstream does.
        """
        ids = torch.tensor([START_TEXT, *text, STOP_TEXT], device=self.device)
        words = torch.stack((self.text[ids], torch.zeros_like(self.text[ids])))[:lanes]
        start = self.embed_speech(torch.tensor([START], device=self.device), torch.tensor([0], device=self.device))
        return torch.cat((words + self.text_places[: len(ids)], start.expand(lanes, 1, -1)), 1)

    def embed_speech(self, tokens: Tensor, places: Tensor) -> Tensor:
        """Speech tokens, each at its place in the speech, shape [n, 1024]."""
        return self.speech[tokens] + self.speech_places[places]

    def run(self, x: Tensor, positions: Tensor, attend: Attention) -> Tensor:
        """Rows of shape [n, 1024] at their positions in their sequences, shape [n], through every block."""
        cosines, sines = self.cosines[positions], self.sines[positions]
        for block in self._blocks:
            x = block.run(x, cosines, sines, attend)
        return x

    def logits(self, x: Tensor) -> Tensor:
        """Of the next speech token, shape [n, IDS], from what `run` gave."""
        return self._head.apply_to(normalise(x, self.norm))


def move(network: nn.Module, place: Callable[[Tensor], Tensor]) -> None:
    """Puts every tensor where `place` says."""
    for module in network.modules():
        for name, tensor in module.named_buffers(recurse=False):
            setattr(module, name, place(tensor))
