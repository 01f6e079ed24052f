import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("path", ["/health", "/v1/audio/speech", "/nothing", "/metrics"])
async def test_a_sane_request_id_is_kept_and_any_other_replaced(http, service, path):
    reply = await http.get(path, headers={"X-Request-Id": "abc-1.2_3"})
    assert reply.headers["x-request-id"] == "abc-1.2_3"
    made = set()
    for bad in ("a b", "", "x" * 129, "á", '"><script>'):
        reply = await http.get(path, headers={"X-Request-Id": bad.encode()})
        made.add(reply.headers["x-request-id"])
        assert len(reply.headers["x-request-id"]) == 32
    assert len(made) == 5
    assert reply.headers["x-content-type-options"] == "nosniff"
