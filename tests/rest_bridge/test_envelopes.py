import pytest

from rest_bridge.envelopes import choose_writer, respond, write_detail, write_google, write_openai
from rest_bridge.errors import BridgeError, Violation, refuse
from rest_bridge.messages import Message

MESSAGE = Message("No.", "No, en español.")


@pytest.mark.parametrize(
    ("path", "writer"),
    [("/v1/audio/speech", write_openai), ("/tts", write_detail), ("/", write_detail), ("/api/v1/voices", write_google)],
)
def test_each_route_has_its_shape(path, writer):
    assert choose_writer(path) is writer


def test_openais_four_keys_are_always_there():
    assert write_openai(BridgeError(500, "INTERNAL", MESSAGE), "en") == (
        500,
        {"error": {"message": "No.", "type": "server_error", "param": None, "code": "internal"}},
    )


def test_detail_is_a_sentence_or_a_list():
    assert write_detail(BridgeError(400, "X", MESSAGE), "es") == (400, {"detail": "No, en español."})
    error = refuse([Violation(("a", "0"), "missing", MESSAGE)])
    assert write_detail(error, "en") == (
        422,
        {"detail": [{"loc": ["body", "a", "0"], "msg": "No.", "type": "missing"}]},
    )


@pytest.mark.parametrize(
    ("given", "said"), [(None, "1"), (0.0, "1"), (0.2, "1"), (1.0, "1"), (1.01, "2"), (30.0, "30")]
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_time_to_wait_is_a_whole_number_of_seconds(given, said, status):
    reply = respond(BridgeError(status, "X", MESSAGE, retry_after=given), "/tts", "es")
    assert reply.headers["retry-after"] == said
