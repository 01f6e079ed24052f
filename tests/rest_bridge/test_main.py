"""The bridge as a process of its own."""

import asyncio
import os
import resource
import signal
import sys
from contextlib import asynccontextmanager

import grpc
import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")

SPEECH = {"model": "tts-1", "input": "Hola", "response_format": "pcm"}


def forbid_files():
    """From here on, writing a byte to any file is an error."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def spawn(variables, **more):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ESLATAM_")}
    return asyncio.create_subprocess_exec(
        sys.executable,
        "-B",
        "-m",
        "rest_bridge",
        env={**environment, **variables},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        **more,
    )


@asynccontextmanager
async def running(target, **more):
    """A bridge's process and its address."""
    process = await spawn({"ESLATAM_BRIDGE__TARGET": target, "ESLATAM_BRIDGE__PORT": "0"}, **more)
    try:
        line = ""
        while "running on" not in line:
            line = (await process.stderr.readline()).decode()
            assert line, "the bridge ended"
        yield process, line.split("running on ")[1].split()[0]
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_a_reply_under_way_is_finished_after_sigterm(service, tone_of, http_at):
    service.after_first.close()
    async with running(service.target) as (process, address), http_at(address) as client:
        async with client.stream("POST", "/v1/audio/speech", json=SPEECH) as reply:
            pieces = reply.aiter_raw()
            audio = await anext(pieces)
            process.send_signal(signal.SIGTERM)
            while b"Shutting down" not in await process.stderr.readline():
                pass
            service.after_first.open()
            audio += b"".join([piece async for piece in pieces])
        assert audio == tone_of(0)
        assert await process.wait() in {0, -signal.SIGTERM}


async def test_a_client_that_leaves_is_noticed_on_the_loop_it_really_runs_on(service, http_at):
    service.before_audio.close()
    async with running(service.target) as (_, address):
        async with http_at(address) as client:
            asking = asyncio.create_task(client.post("/v1/audio/speech", json=SPEECH))
            await service.before_audio.reached.wait()
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
        await service.cancelled.wait()
        service.reset()
        service.endless = True
        async with http_at(address) as client, client.stream("POST", "/v1/audio/speech", json=SPEECH) as reply:
            await anext(reply.aiter_raw())
        await service.cancelled.wait()


async def test_nothing_is_written_to_disk(service, http_at, tmp_path):
    async with running(service.target, preexec_fn=forbid_files, cwd=tmp_path) as (process, address):
        async with http_at(address) as client:
            for path, body in (
                ("/v1/audio/speech", SPEECH),
                ("/v1/audio/speech", {**SPEECH, "stream": False}),
                ("/v1/audio/speech", {**SPEECH, "stream_format": "sse", "input": "ñ" * 4096}),
                ("/tts", {"text": "Hola", "output_format": "wav"}),
                ("/api/v1/speech:synthesize", {"utterance": {"text": "Hola"}}),
            ):
                assert (await client.post(path, json=body)).status_code == 200
            large = await client.post("/tts", content=b" " * 3_000_000)
            assert large.status_code == 413
        assert process.returncode is None
        assert not list(tmp_path.iterdir())


async def test_neither_texts_nor_keys_are_logged(service, http_at, fail):
    async with running(service.target) as (process, address):
        async with http_at(address) as client:
            headers = {"Authorization": "Bearer secreto"}
            await client.post("/tts", json={"text": "palabra"}, headers=headers)
            service.failure, service.break_after = fail(grpc.StatusCode.INTERNAL, en="palabra"), 1
            with pytest.raises(Exception, match="incomplete"):
                await client.post("/v1/audio/speech", json={**SPEECH, "input": "palabra"}, headers=headers)
        process.send_signal(signal.SIGTERM)
        log = (await process.communicate())[1].decode()
    assert "audio cut" in log
    assert "palabra" not in log
    assert "secreto" not in log


async def test_wrong_settings_end_it_with_a_sentence(tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text("bridge: {prot: 1}")
    process = await spawn({"ESLATAM_CONFIG": str(file)})
    error = (await process.communicate())[1].decode()
    assert process.returncode == 1
    assert error == "bridge.prot: Extra inputs are not permitted\n"


async def test_a_missing_file_ends_it_with_a_sentence(tmp_path):
    process = await spawn({"ESLATAM_CONFIG": str(tmp_path / "none.yaml")})
    error = (await process.communicate())[1].decode()
    assert process.returncode == 1
    assert error.startswith("ESLATAM_CONFIG: ")
    assert "Traceback" not in error
