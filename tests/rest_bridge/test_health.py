import grpc
import pytest
from eslatam.tts.v1.models_pb2 import ModelState as State

from rest_bridge.config import BridgeSettings

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_default_model_that_is_ready_is_healthy(http, service):
    service.models[0].MergeFrom(type(service.models[0])(installed=True, device="cuda:0", state=State.MODEL_STATE_READY))
    reply = await http.get("/health")
    assert reply.status_code == 200
    assert reply.json() == {
        "status": "healthy",
        "model_loaded": True,
        "model_sleeping": False,
        "device": "cuda:0",
    }


@pytest.mark.parametrize(
    ("state", "status", "code"),
    [
        (State.MODEL_STATE_SLEEPING, "sleeping", 200),
        (State.MODEL_STATE_WAKING, "sleeping", 200),
        (State.MODEL_STATE_LOADING, "loading", 503),
        (State.MODEL_STATE_WARMING, "loading", 503),
        (State.MODEL_STATE_DRAINING, "error", 503),
        (State.MODEL_STATE_FAILED, "error", 503),
    ],
)
async def test_the_default_models_state_is_told(http, service, state, status, code):
    service.models[0].installed, service.models[0].state = True, state
    await service.set_serving(code == 200)
    reply = await http.get("/health")
    assert (reply.status_code, reply.json()["status"]) == (code, status)
    assert reply.json()["model_sleeping"] is (status == "sleeping")
    assert reply.json()["model_loaded"] is (code == 200)


async def test_another_model_in_its_place_is_told(http, service):
    reply = await http.get("/health")
    assert reply.status_code == 200
    assert reply.json() == {"status": "degraded", "model_loaded": True, "model_sleeping": False, "device": "cpu"}


async def test_no_model_at_all_is_an_error(http, service):
    service.models[0].fallback_model = ""
    reply = await http.get("/health")
    assert (reply.status_code, reply.json()["status"]) == (503, "error")


async def test_a_service_that_drains_is_not_healthy(http, service):
    await service.set_serving(False)
    reply = await http.get("/health")
    assert (reply.status_code, reply.json()["status"]) == (503, "error")


async def test_ready_follows_the_service(http, service):
    assert (await http.get("/ready")).status_code == 200
    await service.set_serving(False)
    assert (await http.get("/ready")).status_code == 503
    assert (await http.get("/live")).status_code == 200


async def test_a_list_that_fails_is_an_error(http, service, fail):
    service.failure = fail(grpc.StatusCode.INTERNAL)
    reply = await http.get("/health")
    assert (reply.status_code, reply.json()["status"]) == (503, "error")


@pytest.mark.slow
async def test_without_a_service_only_the_bridge_lives(serve, http_at):
    async with serve(BridgeSettings(target="127.0.0.1:1")) as address, http_at(address) as client:
        assert (await client.get("/live")).status_code == 200
        assert (await client.get("/ready")).status_code == 503
        health = await client.get("/health")
        assert (health.status_code, health.json()["model_loaded"]) == (503, False)
        reply = await client.post("/tts", json={"text": "Hola"})
        assert (reply.status_code, reply.headers["retry-after"]) == (503, "1")
        assert "127.0.0.1" not in reply.text
