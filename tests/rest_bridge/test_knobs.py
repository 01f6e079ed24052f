import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")


def body(**more):
    return {"model": "tts-1", "input": "Hola", "voice": "alloy", **more}


async def test_knobs_reach_the_service(http, service):
    knobs = {"temperature": 0, "exaggeration": 0, "cfg_weight": 0, "seed": 2**64 - 1, "language": "es_MX"}
    request = body(speed=1.5, split_text=False, chunk_size=200, **knobs)
    assert (await http.post("/v1/audio/speech", json=request)).status_code == 200
    options = service.utterance.options
    assert options.generation.temperature == pytest.approx(0.05)
    assert options.generation.exaggeration == 0.25
    assert options.generation.cfg_weight == 0
    assert options.generation.seed == 2**64 - 1
    assert options.generation.speaking_rate == 1.5
    assert options.language_code == "es-MX"
    assert options.segmentation.target_characters == 200
    assert options.segmentation.split is False


@pytest.mark.parametrize("seed", [0, -1, None])
async def test_no_seed_leaves_everything_to_the_service(http, service, seed):
    assert (await http.post("/v1/audio/speech", json=body(seed=seed))).status_code == 200
    generation = service.utterance.options.generation
    names = ("temperature", "exaggeration", "cfg_weight", "seed", "speaking_rate")
    assert not any(generation.HasField(name) for name in names)
    assert service.calls[-1].request.stream.max_lead.seconds == 3600
