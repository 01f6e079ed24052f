import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("path", ["/v1/voices", "/v1/audio/voices"])
async def test_open_webui_reads_ids_and_names(http, service, path):
    reply = (await http.get(path)).json()
    assert [(voice["id"], voice["name"]) for voice in reply["voices"]] == [
        ("alex", "Álex"),
        ("default", "Dora"),
        ("santa", "Santa"),
    ]
    assert reply["data"] == reply["voices"]
    assert reply["object"] == "list"
    assert reply["voices"][0] == {
        "id": "alex",
        "object": "voice",
        "name": "Álex",
        "description": "",
        "language": "es-419",
        "gender": "male",
        "models": ["kokoro-es"],
        "preview_url": None,
    }


async def test_home_assistant_sends_a_limit(http, service):
    assert len((await http.get("/v1/voices?limit=100")).json()["voices"]) == 3
    assert len((await http.get("/v1/voices?limit=2")).json()["voices"]) == 2


@pytest.mark.parametrize("limit", ["0", "-1", "x", "", "1.5", "²"])
async def test_a_limit_is_a_positive_number(http, service, limit):
    reply = await http.get("/v1/voices", params={"limit": limit})
    assert reply.status_code == 400
    assert reply.json()["error"]["param"] == "limit"


async def test_readers_of_strings_get_names(http, service):
    reply = (await http.get("/v1/audio/voices?format=names")).json()
    assert reply["voices"] == reply["data"] == ["alex", "default", "santa"]


async def test_sillytavern_reads_files(http, service):
    service.add_clone("mi-voz")
    predefined = (await http.get("/get_predefined_voices")).json()
    assert predefined[1] == {
        "display_name": "Dora",
        "filename": "default.wav",
        "voice_id": "default",
        "language": "es-419",
    }
    assert [voice["voice_id"] for voice in predefined] == ["alex", "default", "santa"]
    assert (await http.get("/get_reference_files")).json() == ["mi-voz.wav"]


async def test_a_clone_without_words_is_listed_by_its_id(http, service):
    service.add_clone("mi-voz")
    voice = (await http.get("/v1/voices")).json()["voices"][-1]
    assert (voice["name"], voice["language"], voice["gender"]) == ("mi-voz", None, None)
