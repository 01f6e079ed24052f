from service.engine.seeds import SEED_LIMIT, draw_seed, segment_seed


def test_seeds_differ_by_request_and_by_segment_and_repeat() -> None:
    seeds = {segment_seed(seed, index) for seed in range(50) for index in range(50)}
    assert len(seeds) == 2500
    assert segment_seed(7, 3) == segment_seed(7, 3) < 2**64
    assert all(0 < draw_seed() < SEED_LIMIT for _ in range(100))
