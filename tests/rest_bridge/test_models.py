import openai
import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("path", ["/v1/models", "/v1/audio/models"])
async def test_what_can_speak_is_listed_with_the_aliases(http, service, path):
    reply = (await http.get(path)).json()
    names = [model["id"] for model in reply["models"]]
    assert names[:2] == ["chatterbox-es-latam", "kokoro-es"]
    assert {"tts-1", "tts-1-hd", "gpt-4o-mini-tts"} <= set(names)
    assert "lost" not in names
    assert reply["data"] == reply["models"]
    assert (reply["models"][0]["installed"], reply["models"][0]["fallback"]) == (False, "kokoro-es")


async def test_the_list_does_not_change_from_call_to_call(http, service):
    assert (await http.get("/v1/models")).content == (await http.get("/v1/models")).content


async def test_official_client_lists_and_gets(bridge, service):
    async with openai.AsyncOpenAI(base_url=f"{bridge}/v1", api_key="sk-test") as client:
        listed = [model.id async for model in client.models.list()]
        model = await client.models.retrieve("kokoro-es")
        alias = await client.models.retrieve("tts-1")
        with pytest.raises(openai.NotFoundError) as caught:
            await client.models.retrieve("lost")
    assert "kokoro-es" in listed
    assert (model.object, model.owned_by) == ("model", "chatterbox-es-latam")
    assert alias.id == "tts-1"
    assert caught.value.code == "model_not_found"
