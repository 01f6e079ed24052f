from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from eslatam import AsyncClient, NormalizedSegment, NormalizedSpan
from eslatam.tts.v1 import speech_pb2, speech_pb2_grpc
from google.rpc import error_details_pb2, status_pb2

from tests.service.conftest import StartServer

Stub = speech_pb2_grpc.SpeechServiceStub
TEXT = "La Dra. Ruiz pagó $21 ayer.\n\n¿Y el N.º 5?"


@pytest.fixture
async def stub(start_server: StartServer) -> AsyncIterator[Stub]:
    server = await start_server()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        yield Stub(channel)


async def normalize(stub: Any, text: str, **fields: Any) -> speech_pb2.NormalizeTextResponse:
    request = speech_pb2.NormalizeTextRequest(text=text, **fields)
    response: speech_pb2.NormalizeTextResponse = await stub.NormalizeText(request)
    return response


async def test_a_text_as_it_would_be_said(stub: Stub) -> None:
    response = await normalize(stub, TEXT)
    assert response.normalized_text == "La doctora Ruiz pagó veintiún pesos ayer. ¿Y el número cinco?"
    assert [segment.text for segment in response.segments] == [
        "La doctora Ruiz pagó veintiún pesos ayer.",
        "¿Y el número cinco?",
    ]
    assert [segment.pause_duration.ToMilliseconds() for segment in response.segments] == [400, 150]
    assert [TEXT[s.text_offset : s.text_offset + s.text_length] for s in response.segments] == TEXT.split("\n\n")


async def test_spans_tell_where_each_expression_came_from(stub: Stub) -> None:
    response = await normalize(stub, TEXT)
    changed = [
        (TEXT[span.text_offset : span.text_offset + span.text_length], span.spoken_text, span.rule)
        for span in response.spans
        if span.rule
    ]
    assert changed == [
        ("Dra.", "doctora", "abbreviation"),
        ("$21", "veintiún pesos", "money"),
        ("N.º", "número", "number_sign"),
        ("5", "cinco", "numeral"),
    ]
    assert len(response.spans) == 10


async def test_a_region_a_lexicon_and_ssml_hold(stub: Stub) -> None:
    entry = speech_pb2.LexiconEntry(word="CFE", replacement="comisión de electricidad")
    said = await normalize(stub, "<speak>CFE<break/>1.250</speak>", lexicon=[entry], markup=speech_pb2.MARKUP_SSML)
    assert [segment.text for segment in said.segments] == ["comisión de electricidad", "mil doscientos cincuenta"]
    phonemes = [speech_pb2.LexiconEntry(word="CFE", phonemes="ˈka")]
    assert (await normalize(stub, "Con CFE.", lexicon=phonemes)).normalized_text == "Con ce efe e."


async def test_the_client_shows_it_as_plain_values(start_server: StartServer) -> None:
    server = await start_server()
    async with AsyncClient(f"127.0.0.1:{server.port}") as client:
        normalized = await client.normalize("Son $5, CFE.", language="es-MX", lexicon={"CFE": "cefé"}, split=False)
    assert normalized.text == "Son cinco pesos, cefé."
    assert normalized.segments == (NormalizedSegment("Son cinco pesos, cefé.", 0, 12, 0.15),)
    assert normalized.spans == (
        NormalizedSpan("Son", 0, 3, ""),
        NormalizedSpan("cinco pesos", 4, 2, "money"),
        NormalizedSpan("cefé", 8, 3, "lexicon"),
    )


async def test_nothing_to_say_gives_nothing(stub: Stub) -> None:
    response = await normalize(stub, "…")
    assert response == speech_pb2.NormalizeTextResponse()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"text": "x", "lexicon": [speech_pb2.LexiconEntry(pattern="(", replacement="x")]}, "lexicon[0]"),
        ({"text": "x", "markup": speech_pb2.MARKUP_SSML}, "text"),
        ({"text": ""}, "text"),
    ],
)
async def test_what_cannot_be_read_is_told_by_field(stub: Stub, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await normalize(stub, **fields)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert field in read_fields(caught.value)


def read_fields(error: grpc.aio.AioRpcError) -> list[str]:
    trailing = dict(error.trailing_metadata() or ())
    status = status_pb2.Status.FromString(trailing["grpc-status-details-bin"])  # type: ignore[arg-type]
    found = error_details_pb2.BadRequest()
    return [
        violation.field for detail in status.details if detail.Unpack(found) for violation in found.field_violations
    ]


async def test_a_deployments_lexicon_and_longest_segment(start_server: StartServer, tmp_path: Path) -> None:
    path = tmp_path / "lexico.yaml"
    path.write_text("- {word: Acme, replacement: ácme}\n- {word: Beta, phonemes: ˈbeta}\n", encoding="utf-8")
    server = await start_server(text={"lexicon": path, "max_characters": 50})
    async with AsyncClient(f"127.0.0.1:{server.port}") as client:
        speech = await client.synthesize("Acme y Beta. " * 30, timestamps=["segment"])
    assert "ácme y Beta." in speech.timestamps[0].spoken_text
    assert max(len(timestamp.spoken_text) for timestamp in speech.timestamps) <= 50


async def test_a_lexicon_with_a_mistake_stops_the_start(start_server: StartServer, tmp_path: Path) -> None:
    path = tmp_path / "lexico.yaml"
    path.write_text("- {word: Acme}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"lexico\.yaml cannot be used"):
        await start_server(text={"lexicon": path})


async def test_phonemes_are_for_models_that_say_them(start_server: StartServer) -> None:
    server = await start_server()
    options = speech_pb2.SpeechOptions(lexicon=[speech_pb2.LexiconEntry(word="che", phonemes="ˈʧe")])
    requests = (
        speech_pb2.Utterance(text="Hola.", options=options),
        speech_pb2.Utterance(
            text="<speak><phoneme ph='ˈʧe'>che</phoneme></speak>",
            options=speech_pb2.SpeechOptions(markup=speech_pb2.MARKUP_SSML),
        ),
    )
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        for utterance, field in zip(requests, ("utterance.options.lexicon[0].phonemes", "utterance.text"), strict=True):
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await Stub(channel).Synthesize(speech_pb2.SynthesizeRequest(utterance=utterance))
            assert read_fields(caught.value) == [field]


@pytest.mark.slow
async def test_the_embedded_voice_says_phonemes(start_server: StartServer) -> None:
    server = await start_server(models={"loaded": ["kokoro-es"], "default": "kokoro-es"})
    entries = {
        "plain": [],
        "word": [speech_pb2.LexiconEntry(word="Xul", replacement="chul")],
        "phonemes": [speech_pb2.LexiconEntry(word="Xul", phonemes="ˈt͡ʃul")],
    }
    audio = {}
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        for name, lexicon in entries.items():
            utterance = speech_pb2.Utterance(
                text="La obra de Xul Solar.", options=speech_pb2.SpeechOptions(lexicon=lexicon)
            )
            reply = await Stub(channel).Synthesize(speech_pb2.SynthesizeRequest(utterance=utterance))
            audio[name] = reply.audio
    assert audio["phonemes"] == audio["word"] != audio["plain"]
