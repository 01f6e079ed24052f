"""Bodies that are too large, not JSON, or not text. Sockets are bare where a client library would hide the order."""

import asyncio

import httpx
import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROUTES = ["/v1/audio/speech", "/tts", "/api/v1/speech:synthesize"]
MEBIBYTE = 1024 * 1024


async def ask(bridge, head, body=b""):
    """The status of the reply to a request whose body may never end."""
    url = httpx.URL(bridge)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    try:
        writer.write(head.encode() + b"\r\n\r\n" + body)
        return int((await reader.readline()).split()[1])
    finally:
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize("path", ROUTES)
async def test_a_large_body_is_refused_before_it_is_sent(bridge, service, path):
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {50 * MEBIBYTE}"
    assert await ask(bridge, head) == 413


@pytest.mark.parametrize("path", ROUTES)
async def test_a_large_body_of_unknown_length_is_refused_while_it_comes(bridge, service, path):
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked"
    piece = b"%x\r\n" % MEBIBYTE + b" " * MEBIBYTE + b"\r\n"
    assert await ask(bridge, head, piece * 5) == 413


@pytest.mark.parametrize("path", ROUTES)
async def test_a_client_that_insists_on_50_megabytes_still_gets_the_answer(http, service, path):
    async def send():
        for _ in range(50):
            yield b" " * MEBIBYTE

    reply = await http.post(path, content=send(), headers={"Content-Type": "application/json"})
    assert reply.status_code == 413
    reply = await http.post(path, content=b" " * 50 * MEBIBYTE, headers={"Content-Type": "application/json"})
    assert reply.status_code == 413
    assert (await http.get("/live")).status_code == 200
    assert not service.calls


async def test_a_body_of_just_the_limit_is_read(http, service):
    body = b'{"text": "Hola"}'
    assert (await http.post("/tts", content=body.ljust(MEBIBYTE))).status_code == 200
    assert (await http.post("/tts", content=body.ljust(MEBIBYTE + 1))).status_code == 413


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hola",
        b'{"text": "Hola"',
        b'{"text": "Hola",}',
        b"{'text': 'Hola'}",
        b'{"text": "\xff"}',
        b'{"text": "\xed\xa0\x80"}',
        b'{"speed": NaN, "speed_factor": NaN}',
        b'{"speed": -Infinity}',
        b'{"speed": 1e400, "text": "Hola", "input": "Hola", "model": "tts-1"}',
        b"[" * 100_000,
        b'{"seed": ' + b"9" * 5000 + b"}",
        b'\xef\xbb\xbf{"text": "Hola"}',
    ],
)
async def test_what_is_not_json_is_refused(http, service, path, body):
    reply = await http.post(path, content=body, headers={"Content-Type": "application/json"})
    assert reply.status_code == 400
    assert "JSON" in reply.text
    assert not service.calls


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
async def test_a_form_is_not_json(http, service, path, kind):
    reply = await http.post(path, content=b'{"text": "Hola"}', headers={"Content-Type": kind})
    assert reply.status_code == 400
    assert "Content-Type" in reply.text


@pytest.mark.parametrize(
    "kind", [None, "application/json", "application/json; charset=utf-8", "application/vnd.x+json"]
)
async def test_json_has_several_names(http, service, kind):
    headers = {"Content-Type": kind} if kind else {}
    assert (await http.post("/tts", content=b'{"text": "Hola"}', headers=headers)).status_code == 200


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("body", [b"[]", b"null", b'"Hola"', b"3"])
async def test_json_that_is_no_object_is_refused(http, service, path, body):
    reply = await http.post(path, content=body)
    assert reply.status_code == (422 if path == "/tts" else 400)
    assert "objeto JSON" in reply.text


@pytest.mark.parametrize("half", [b"\\ud800", b"\\uDFFF", b"\\ud800x", b"\\udc00\\ud800"])
async def test_half_a_surrogate_pair_is_refused(http, service, half):
    body = b'{"text": "Hola %s", "input": "Hola %s", "model": "tts-1"}' % (half, half)
    reply = await http.post("/v1/audio/speech", content=body)
    assert reply.status_code == 400
    assert reply.json()["error"]["param"] in {"text", "input"}
    assert "par sustituto" in reply.json()["error"]["message"]
    reply = await http.post("/tts", content=body)
    assert reply.status_code == 422
    assert reply.json()["detail"][0]["type"] == "string_unicode"
    native = b'{"utterance": {"text": "Hola %s"}}' % half
    reply = await http.post("/api/v1/speech:synthesize", content=native)
    assert reply.status_code == 400
    assert reply.json()["error"]["field"] == "utterance.text"
    assert not service.calls


async def test_half_a_pair_in_a_key_is_refused_too(http, service):
    reply = await http.post("/tts", content=b'{"text": "Hola", "a": [{"\\ud800": 1}]}')
    assert reply.status_code == 422


async def test_a_whole_surrogate_pair_is_a_character(http, service):
    assert (await http.post("/tts", content=b'{"text": "Hola \\ud83d\\ude00"}')).status_code == 200
    assert service.utterance.text == "Hola 😀"
