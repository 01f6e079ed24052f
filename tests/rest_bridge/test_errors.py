"""What a failed RPC is over HTTP, on each kind of route."""

import grpc
import pytest

Code = grpc.StatusCode
pytestmark = pytest.mark.asyncio(loop_scope="module")

SPEECH = {"model": "tts-1", "input": "Hola"}
TABLE = [
    (Code.CANCELLED, 499, "invalid_request_error"),
    (Code.UNKNOWN, 500, "server_error"),
    (Code.INVALID_ARGUMENT, 400, "invalid_request_error"),
    (Code.DEADLINE_EXCEEDED, 504, "server_error"),
    (Code.NOT_FOUND, 404, "invalid_request_error"),
    (Code.ALREADY_EXISTS, 409, "invalid_request_error"),
    (Code.PERMISSION_DENIED, 403, "permission_error"),
    (Code.RESOURCE_EXHAUSTED, 429, "rate_limit_error"),
    (Code.FAILED_PRECONDITION, 400, "invalid_request_error"),
    (Code.ABORTED, 409, "invalid_request_error"),
    (Code.OUT_OF_RANGE, 400, "invalid_request_error"),
    (Code.UNIMPLEMENTED, 501, "server_error"),
    (Code.INTERNAL, 500, "server_error"),
    (Code.DATA_LOSS, 500, "server_error"),
    (Code.UNAUTHENTICATED, 401, "invalid_request_error"),
]


@pytest.mark.parametrize(("code", "status", "kind"), TABLE)
@pytest.mark.parametrize("stream", [False, True])
async def test_each_code_has_its_status(http, service, fail, code, status, kind, stream):
    service.failure = fail(code, "SOME_REASON")
    verb = "synthesizeStream" if stream else "synthesize"
    openai = await http.post("/v1/audio/speech", json={**SPEECH, "stream": stream})
    native = await http.post(f"/api/v1/speech:{verb}", json={"utterance": {"text": "Hola"}})
    seed = await http.post("/tts", json={"text": "Hola", "stream": stream})
    assert [openai.status_code, native.status_code, seed.status_code] == [status] * 3
    assert openai.json()["error"]["type"] == kind
    assert openai.json()["error"]["code"] == "some_reason"
    assert native.json()["error"]["status"] == code.name
    assert ("retry-after" in openai.headers) is (status in {429, 503})
    assert openai.headers["x-request-id"]
    assert list(seed.json()) == ["detail"]


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("status", [code for code, *_ in TABLE])
async def test_words_that_were_not_meant_for_people_are_not_passed_on(http, service, fail, status, language):
    service.failure = fail(status, en="Traceback in /srv/secret.py")
    reply = await http.post("/tts", json={"text": "Hola"}, headers={"Accept-Language": language})
    assert "secret" not in reply.text
    assert reply.json()["detail"]


async def test_a_bug_of_the_service_is_not_told_even_in_its_own_words(http, service, fail):
    service.failure = fail(Code.INTERNAL, "INTERNAL", en="CUDA error at /srv/secret.py", es="Error en /srv/secret.py")
    reply = await http.post("/tts", json={"text": "Hola"})
    assert reply.status_code == 500
    assert reply.json()["detail"].startswith("El servicio falló.")


@pytest.mark.parametrize(
    ("accept", "words"),
    [
        (None, "Algo en español."),
        ("*", "Algo en español."),
        ("es-MX,es;q=0.9,en;q=0.8", "Algo en español."),
        ("en-US,en;q=0.9,es;q=0.8", "Something in English."),
        ("en;q=0.5, es;q=0.6", "Algo en español."),
        ("fr, en;q=0.5", "Something in English."),
        ("fr", "Algo en español."),
    ],
)
async def test_messages_are_in_the_callers_language(http, service, fail, accept, words):
    service.failure = fail(Code.INVALID_ARGUMENT, "INVALID_FIELD")
    headers = {"Accept-Language": accept} if accept else {}
    reply = await http.post("/v1/audio/speech", json=SPEECH, headers=headers)
    assert reply.json()["error"]["message"] == words


@pytest.mark.parametrize(
    ("path", "param"),
    [
        ("utterance.text", "input"),
        ("utterance.options.generation.speaking_rate", "speed"),
        ("utterance.options.generation.temperature", "temperature"),
        ("utterance.options.voice.name", "voice"),
        ("utterance.options.model", "model"),
        ("utterance.options.language_code", "language"),
        ("utterance.options.audio_format.encoding", "response_format"),
        ("utterance.options.segmentation.target_characters", "chunk_size"),
        ("", None),
    ],
)
async def test_fields_have_the_routes_own_names(http, service, fail, path, param):
    service.failure = fail(Code.INVALID_ARGUMENT, "INVALID_FIELD", field=path)
    reply = await http.post("/v1/audio/speech", json=SPEECH)
    assert reply.json()["error"]["param"] == param


async def test_details_that_cannot_be_read_are_left(http, service, fail):
    class Garbled(fail):
        async def abort(self, context):
            context.set_trailing_metadata((("grpc-status-details-bin", b"\xff\xff"),))
            await context.abort(self.code, self.en)

    service.failure = Garbled(Code.INVALID_ARGUMENT, en="secret")
    reply = await http.post("/tts", json={"text": "Hola"})
    assert reply.status_code == 400
    assert "secret" not in reply.text
