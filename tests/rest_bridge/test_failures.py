import logging

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse
from starlette.routing import Route

from rest_bridge.context import ContextMiddleware
from rest_bridge.failures import FailureMiddleware


async def broken(request):
    raise RuntimeError(f"secret {await request.body()!r}")


async def broken_later(request):
    async def pieces():
        yield b"a"
        raise RuntimeError("secret")

    return StreamingResponse(pieces())


async def left(request):
    raise ClientDisconnect


def client():
    routes = [
        Route(path, endpoint, methods=["POST"])
        for path, endpoint in (("/v1/x", broken), ("/x", broken), ("/later", broken_later), ("/left", left))
    ]
    app = Starlette(routes=routes, middleware=[Middleware(ContextMiddleware), Middleware(FailureMiddleware)])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bridge")


@pytest.mark.parametrize(
    ("language", "words"), [("es", "El puente falló. Reportarlo"), ("en", "The bridge failed. Please report")]
)
async def test_a_bug_is_a_sentence_with_an_id_and_its_words_stay_inside(caplog, language, words):
    headers = {"X-Request-Id": "r-9", "Accept-Language": language}
    async with client() as http:
        openai = await http.post("/v1/x", content=b"Hola mundo", headers=headers)
        seed = await http.post("/x", content=b"Hola mundo", headers=headers)
    assert (openai.status_code, seed.status_code) == (500, 500)
    assert openai.json()["error"]["message"].startswith(words)
    assert openai.json()["error"]["type"] == "server_error"
    assert seed.json()["detail"].startswith(words)
    assert openai.headers["x-request-id"] == "r-9"
    assert "r-9: RuntimeError at broken:" in caplog.text
    assert "secret" not in caplog.text
    assert "mundo" not in caplog.text


async def test_a_bug_in_the_middle_of_a_reply_is_logged_and_the_reply_left_open(caplog):
    async with client() as http:
        with pytest.raises(AssertionError):  # the transport wants an end; uvicorn drops the connection
            await http.post("/later")
    assert [record.levelno for record in caplog.records if record.name == "rest_bridge.failures"] == [logging.ERROR]
    assert "secret" not in caplog.text


async def test_a_client_that_left_is_no_bug(caplog):
    async with client() as http:
        with pytest.raises(AssertionError):  # the transport wants a reply; uvicorn knows that nobody waits
            await http.post("/left")
    assert not caplog.records
