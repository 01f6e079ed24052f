"""VoiceService, as far as it reads."""

import base64
from datetime import timedelta

from eslatam.tts.v1 import voices_pb2, voices_pb2_grpc
from google.protobuf.duration_pb2 import Duration

from service.api.catalog import Catalog
from service.api.interception import Context
from service.errors import Reason, invalid
from service.voices import Voice, VoiceStore

PAGE_SIZE = 50
PAGE_LIMIT = 1000


class VoiceServicer(voices_pb2_grpc.VoiceServiceServicer):
    """Lists the voices, and says which models speak with each."""

    def __init__(self, voices: VoiceStore, catalog: Catalog) -> None:
        self._voices = voices
        self._catalog = catalog

    async def ListVoices(
        self, request: voices_pb2.ListVoicesRequest, context: Context
    ) -> voices_pb2.ListVoicesResponse:
        after = _read_token(request.page_token)
        size = min(request.page_size or PAGE_SIZE, PAGE_LIMIT)
        language = request.language_code.lower()
        rest = [
            voice
            for voice in self._voices.all()
            if voice.id > after and (not language or language in map(str.lower, voice.language_codes))
        ]
        page = rest[:size]
        token = base64.urlsafe_b64encode(page[-1].id.encode()).decode() if len(rest) > size else ""
        return voices_pb2.ListVoicesResponse(voices=map(self._describe, page), next_page_token=token)

    async def GetVoice(self, request: voices_pb2.GetVoiceRequest, context: Context) -> voices_pb2.GetVoiceResponse:
        return voices_pb2.GetVoiceResponse(voice=self._describe(self._voices.get(request.name)))

    def _describe(self, voice: Voice) -> voices_pb2.Voice:
        duration = Duration()
        duration.FromTimedelta(timedelta(seconds=voice.reference_seconds))
        return voices_pb2.Voice(
            name=voice.name,
            display_name=voice.display_name,
            description=voice.description,
            language_codes=voice.language_codes,
            labels=voice.labels,
            source=voices_pb2.VOICE_SOURCE_BUILT_IN,
            reference_duration=duration,
            etag=voice.etag,
            models=self._models(voice),
        )

    def _models(self, voice: Voice) -> list[str]:
        """The installed models that can speak with a voice."""
        infos = [entry.info for entry in self._catalog.entries.values() if entry.info]
        return [
            f"models/{info.name}"
            for info in infos
            if info.family in voice.presets or (info.can_clone and voice.reference is not None)
        ]


def _read_token(token: str) -> str:
    """The id a page token stands for."""
    try:
        return base64.urlsafe_b64decode(token.encode("ascii")).decode()
    except ValueError:
        raise invalid(
            Reason.INVALID_FIELD,
            "page_token",
            rule="page_token",
            en="The page token is not one this server gave; start again without it.",
            es="El token de página no es de este servidor; comience de nuevo sin él.",
        ) from None
