import numpy as np

from service.audio.samples import Blocks, to_int16


def test_16_bits_are_rounded_and_clipped():
    samples = np.array([0, 0.4 / 32767, 0.6 / 32767, 1, 1.5, -1, -7, 0.5], np.float32)
    assert to_int16(samples).tolist() == [0, 0, 1, 32767, 32767, -32767, -32767, 16384]


def test_blocks_are_equal_however_the_samples_come():
    samples = np.arange(1003, dtype=np.float32)
    blocks = Blocks(100)
    cut = [block for start in range(0, 1003, 37) for block in blocks.cut(samples[start : start + 37])]
    assert [len(block) for block in cut] == [100] * 10
    assert np.array_equal(np.concatenate([*cut, blocks.rest()]), samples)
    assert len(blocks.rest()) == 0
