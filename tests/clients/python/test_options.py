from pathlib import Path

import pytest
from eslatam._options import ENCODINGS, Options, StreamOptions, write_request, write_stream_request
from eslatam.tts.v1 import audio_pb2, speech_pb2


def test_nothing_said_leaves_all_to_the_server_but_the_encoding() -> None:
    assert write_request("Hola", {}).utterance.options == speech_pb2.SpeechOptions(
        audio_format=audio_pb2.AudioFormat(encoding=audio_pb2.AUDIO_ENCODING_WAV),
        generation=speech_pb2.GenerationOptions(),
        segmentation=speech_pb2.Segmentation(),
    )


def test_every_option_is_written() -> None:
    options: Options = {
        "voice": "ana",
        "model": "kokoro-es",
        "language": "es-MX",
        "encoding": "opus",
        "sample_rate": 48_000,
        "bit_rate": 64_000,
        "speaking_rate": 1.5,
        "seed": 0,
        "temperature": 0.5,
        "exaggeration": 0.25,
        "cfg_weight": 0.0,
        "min_p": 0.0,
        "top_p": 0.5,
        "top_k": 50,
        "repetition_penalty": 1.5,
        "timestamps": ["word"],
        "priority": "batch",
        "split": False,
        "target_characters": 120,
        "lexicon": {"CFE": "ce efe e"},
        "markup": "ssml",
    }
    assert options.keys() == Options.__annotations__.keys()
    assert write_request("Hola", options).utterance.options == speech_pb2.SpeechOptions(
        voice=speech_pb2.VoiceSelector(name="voices/ana"),
        model="models/kokoro-es",
        language_code="es-MX",
        audio_format=audio_pb2.AudioFormat(
            encoding=audio_pb2.AUDIO_ENCODING_OGG_OPUS, sample_rate_hertz=48_000, bit_rate_bps=64_000
        ),
        generation=speech_pb2.GenerationOptions(
            speaking_rate=1.5,
            seed=0,
            temperature=0.5,
            exaggeration=0.25,
            cfg_weight=0.0,
            min_p=0.0,
            top_p=0.5,
            top_k=50,
            repetition_penalty=1.5,
        ),
        timestamps=[speech_pb2.TIMESTAMP_GRANULARITY_WORD],
        priority=speech_pb2.PRIORITY_BATCH,
        segmentation=speech_pb2.Segmentation(split=False, target_characters=120),
        lexicon=[speech_pb2.LexiconEntry(word="CFE", replacement="ce efe e")],
        markup=speech_pb2.MARKUP_SSML,
    )


def test_every_knob_and_encoding_of_the_contract_can_be_asked_for() -> None:
    assert set(speech_pb2.GenerationOptions.DESCRIPTOR.fields_by_name) <= Options.__annotations__.keys()
    assert {0, *ENCODINGS.values()} == set(audio_pb2.AudioEncoding.values())


def test_none_is_unset() -> None:
    unset: StreamOptions = dict.fromkeys(StreamOptions.__annotations__.keys() - {"encoding", "timestamps", "lexicon"})
    assert write_stream_request("Hola", unset) == write_stream_request("Hola", {})


def test_a_stream_is_paced() -> None:
    stream = write_stream_request("Hola", {"chunk_duration": 0.05, "max_lead": 60}).stream
    assert (stream.chunk_duration.nanos, stream.max_lead.seconds) == (50_000_000, 60)


@pytest.mark.parametrize("name", ["default", "voices/default"])
def test_a_voice_goes_by_its_id_or_its_name(name: str) -> None:
    assert write_request("Hola", {"voice": name}).utterance.options.voice.name == "voices/default"


def test_a_clip_comes_as_bytes_or_as_a_file(tmp_path: Path) -> None:
    clip = tmp_path / "clip.wav"
    clip.write_bytes(b"RIFF")
    for voice in (clip, b"RIFF"):
        assert write_request("Hola", {"voice": voice}).utterance.options.voice.reference_audio == b"RIFF"


def test_options_of_streams_are_not_for_whole_recordings() -> None:
    with pytest.raises(TypeError, match="no option 'max_lead'"):
        write_request("Hola", StreamOptions(max_lead=1.0))


@pytest.mark.parametrize(
    "options",
    [{"encoding": "ogg"}, {"priority": "urgent"}, {"markup": "html"}, {"timestamps": "word"}],
)
def test_values_there_are_not(options: Options) -> None:
    with pytest.raises(ValueError, match=r"no encoding|no value"):
        write_request("Hola", options)
