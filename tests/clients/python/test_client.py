import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import eslatam
import grpc
import pytest
from eslatam import Client


def test_the_same_calls_without_asyncio(speech_server: Any) -> None:
    with Client(speech_server.target) as client:
        speech = client.synthesize("Hola", voice="ana", encoding="pcm")
        assert (speech.header.voice, len(speech.audio)) == ("ana", 48_000)
        assert [voice.id for voice in client.voices()] == ["default"]
        assert [model.id for model in client.models()] == ["tone"]
        with client.stream("Hola", encoding="pcm", timestamps=["word"]) as stream:
            assert stream.header.encoding == "pcm"
            assert b"".join(chunk.data for chunk in stream) == speech.audio
            assert stream.summary.sample_count == 24_000
            assert [stamp.granularity for stamp in stream.timestamps] == ["word"]


def test_errors_are_raised_in_the_caller(speech_server: Any) -> None:
    speech_server.behaviour.fail(grpc.StatusCode.NOT_FOUND, message="No such voice.", times=2)
    with Client(speech_server.target) as client:
        with pytest.raises(eslatam.NotFoundError, match="No such voice"):
            client.synthesize("Hola")
        with pytest.raises(eslatam.NotFoundError), client.stream("Hola"):
            pass


def test_leaving_a_stream_early_cancels_it_at_the_server(speech_server: Any) -> None:
    speech_server.behaviour.hangs = True
    with Client(speech_server.target) as client:
        with client.stream("Hola") as stream:
            next(stream)
        assert speech_server.behaviour.cancelled.wait(10)


def test_an_error_in_the_block_cancels_the_stream_and_is_raised(speech_server: Any) -> None:
    speech_server.behaviour.hangs = True
    with Client(speech_server.target) as client:
        with pytest.raises(ZeroDivisionError), client.stream("Hola"):
            _ = 1 / 0
        assert speech_server.behaviour.cancelled.wait(10)


def test_threads_share_a_client(speech_server: Any) -> None:
    texts = [f"Texto {'x' * index}" for index in range(24)]
    with Client(speech_server.target) as client, ThreadPoolExecutor(8) as pool:

        def stream(text: str) -> bytes:
            with client.stream(text, encoding="pcm") as stream:
                return b"".join(chunk.data for chunk in stream)

        whole = pool.map(lambda text: client.synthesize(text, encoding="pcm").audio, texts)
        streamed = pool.map(stream, texts)
        whole, streamed = list(whole), list(streamed)
    assert whole == streamed
    assert len(set(whole)) == len(texts)


def test_closing_ends_the_thread_and_the_calls_of_others(speech_server: Any) -> None:
    speech_server.behaviour.hangs = True
    client = Client(speech_server.target)
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(client.synthesize, "Hola")
        assert speech_server.behaviour.started.wait(10)
        client.close()
        with pytest.raises(eslatam.ClosedError):
            call.result()
    assert speech_server.behaviour.cancelled.wait(10)
    assert not [thread for thread in threading.enumerate() if thread.name == "eslatam-client"]
    client.close()


def test_closing_ends_an_open_stream(speech_server: Any) -> None:
    speech_server.behaviour.hangs = True
    client = Client(speech_server.target)
    with client.stream("Hola") as stream:
        client.close()
        assert speech_server.behaviour.cancelled.wait(10)
        with pytest.raises(eslatam.ClosedError):
            next(stream)


def test_a_closed_client_takes_no_calls(speech_server: Any) -> None:
    with Client(speech_server.target) as client:
        client.models()
    with pytest.raises(eslatam.ClosedError):
        client.models()


def test_a_wrong_option_leaves_no_thread(speech_server: Any) -> None:
    with pytest.raises(ValueError, match="TLS"):
        Client("tts.example.com:443", api_key="secret")
    assert not [thread for thread in threading.enumerate() if thread.name == "eslatam-client"]


def test_an_interrupted_wait_cancels_the_call(speech_server: Any) -> None:
    speech_server.behaviour.hangs = True

    def interrupt() -> None:
        if speech_server.behaviour.started.wait(10):
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    with Client(speech_server.target) as client, ThreadPoolExecutor(1) as pool:
        pool.submit(interrupt)
        with pytest.raises(KeyboardInterrupt):
            client.synthesize("Hola")
        assert speech_server.behaviour.cancelled.wait(10)


def test_a_program_ends_whatever_it_left_open(speech_server: Any) -> None:
    program = """
import sys, eslatam

def chunks(client):
    with client.stream("Hola") as stream:
        yield from stream

left = chunks(eslatam.Client(sys.argv[1]))
print(next(left).sample_count)
"""
    arguments = [sys.executable, "-c", program, speech_server.target]
    ended = subprocess.run(arguments, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "4800\n", "")
