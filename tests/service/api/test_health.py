import threading

import pytest
from grpc_health.v1 import health_pb2
from grpc_health.v1._async import HealthServicer
from prometheus_client import REGISTRY

from service.api.catalog import Catalog, Entry
from service.api.health import HealthMonitor
from service.engine.engine import State
from service.engine.local import LocalEngine
from service.models.fake import FakeModel

SERVING = health_pb2.HealthCheckResponse.SERVING


@pytest.mark.parametrize("state", State)
async def test_a_state_that_takes_requests_serves_and_every_state_is_measured(state: State) -> None:
    engine = LocalEngine("fake", FakeModel, machine=threading.Lock())
    engine.state = state
    servicer = HealthServicer()
    catalog = Catalog({"fake": Entry("fake", "Fake", engine)}, default="fake", fallback=None)
    await HealthMonitor(servicer, catalog, ("speech",)).update()
    for service in ("", "speech"):
        reply = await servicer.Check(health_pb2.HealthCheckRequest(service=service), None)
        assert (reply.status == SERVING) is (state in {State.READY, State.SLEEPING, State.WAKING})
    for other in State:
        shown = REGISTRY.get_sample_value("tts_engine_state", {"model": "fake", "state": other.value})
        assert shown == (other is state)
