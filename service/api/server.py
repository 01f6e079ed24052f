"""The assembly: settings in, a running gRPC server out."""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Mapping
from importlib.metadata import version

import grpc
from eslatam.tts.v1 import models_pb2, models_pb2_grpc, speech_pb2, speech_pb2_grpc, voices_pb2, voices_pb2_grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer
from grpc_reflection.v1alpha import reflection

from service.api.authentication import Authentication
from service.api.callers import Callers
from service.api.catalog import Catalog, Entry
from service.api.context import RequestContext
from service.api.failures import Failures
from service.api.health import HealthMonitor
from service.api.instruments import Instruments
from service.api.models import ModelServicer
from service.api.orders import OrderDesk
from service.api.quotas import Characters, Places
from service.api.reception import Admittance, Reception
from service.api.speech import SpeechServicer
from service.api.texts import TextReader
from service.api.threads import Threads
from service.api.validation import Validation
from service.api.voices import VoiceServicer
from service.config import Grpc, Settings, Tls
from service.engine.admission import Terms
from service.engine.local import LocalEngine
from service.models import registry
from service.telemetry import metrics
from service.voices import VoiceStore

log = logging.getLogger(__name__)

SERVICES = tuple(
    module.DESCRIPTOR.services_by_name[name].full_name
    for module, name in ((speech_pb2, "SpeechService"), (voices_pb2, "VoiceService"), (models_pb2, "ModelService"))
)

OPTIONS = (
    ("grpc.so_reuseport", 0),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 30_000),
    ("grpc.max_connection_age_ms", 1_800_000),
    ("grpc.max_connection_age_grace_ms", 600_000),
    ("grpc.max_receive_message_length", 4 * 1024 * 1024),
)


FAREWELL_SECONDS = 1.0
"""For calls that are still under way once the streams have ended. One that watches the health never ends."""


class Server:
    """The service in this process. `port` is the one it listens on, once started."""

    def __init__(self, settings: Settings) -> None:
        self.port = 0
        self._settings = settings
        self._texts = TextReader(settings.text)
        self._engines = build_engines(settings)
        self._catalog = build_catalog(settings, self._engines)
        self._threads = Threads()
        self._places = Places(settings.limits.concurrent_streams)
        self._characters = Characters(settings.limits.characters_per_minute, settings.limits.storage)
        self._health = HealthServicer()
        self._monitor = HealthMonitor(self._health, self._catalog, SERVICES)
        self._watch: asyncio.Task[None] | None = None
        self._server: grpc.aio.Server

    async def start(self) -> None:
        """Listens, not serving; loads the models; then serves."""
        self._server = self._build()
        await self._monitor.update()
        self.port = _listen(self._server, self._settings.grpc)
        await self._server.start()
        self._watch = asyncio.create_task(self._monitor.watch())
        metrics.BUILD_INFO.labels(version("chatterbox-es-latam")).set(1)
        await asyncio.gather(*(engine.start() for engine in self._engines.values()))
        await self._monitor.update()
        log.info("serving on port %d", self.port)

    async def stop(self) -> None:
        """Drains: new calls are told NOT_READY, running streams end, then the engines stop."""
        for engine in self._engines.values():
            engine.drain()
        await self._monitor.update()
        await self._until_drained()
        await self._server.stop(FAREWELL_SECONDS)
        if self._watch:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
        for engine in self._engines.values():
            await engine.stop()
        await self._characters.close()
        self._threads.close()

    async def _until_drained(self) -> None:
        """Waits for the last stream, and for balancers to look elsewhere.

        Until then the server listens: one that is stopped refuses calls without a word.
        """
        settings = self._settings.grpc
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(settings.drain_seconds, settings.grace_seconds)):
                await asyncio.sleep(settings.drain_seconds)
                await self._places.until_empty()

    def _build(self) -> grpc.aio.Server:
        limits = self._settings.limits
        chain = (
            RequestContext(),
            Instruments(),
            Failures(),
            Authentication(Callers(limits.trusted_callers)),
            Admittance(self._places),
            Reception(limits.receive_seconds),
            Validation(),
        )
        handshake = ("grpc.server_handshake_timeout_ms", round(1000 * limits.receive_seconds))
        server = grpc.aio.server(interceptors=chain, options=(*OPTIONS, handshake))
        # RPCs that are not built answer UNIMPLEMENTED: the generated base classes raise NotImplementedError.
        voices = VoiceStore(self._settings.voices.folder)
        desk = OrderDesk(self._catalog, voices, self._texts, self._settings.voices.default)
        speech = SpeechServicer(desk, self._texts, self._characters, self._threads, self._settings.live)
        speech_pb2_grpc.add_SpeechServiceServicer_to_server(speech, server)
        voices_pb2_grpc.add_VoiceServiceServicer_to_server(VoiceServicer(voices, self._catalog), server)  # type: ignore[abstract]
        models_pb2_grpc.add_ModelServiceServicer_to_server(ModelServicer(self._catalog), server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        if self._settings.grpc.reflection:
            health = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
            reflection.enable_server_reflection((*SERVICES, health, reflection.SERVICE_NAME), server)
        return server


def build_engines(settings: Settings) -> dict[str, LocalEngine]:
    machine = threading.Lock()
    terms = Terms(
        queue_limit=settings.engine.queue_limit,
        queue_seconds=settings.engine.queue_seconds,
        live_share=settings.engine.live_share,
        interactive_target=settings.engine.interactive_target,
        standard_target=settings.engine.standard_target,
    )
    return {
        name: LocalEngine(
            name,
            load,
            machine=machine,
            terms=terms,
            idle_timeout=settings.models.idle_timeout_sec,
        )
        for name, load in registry.loaders(settings.models).items()
    }


def build_catalog(settings: Settings, engines: Mapping[str, LocalEngine]) -> Catalog:
    missing = {m.name: Entry(m.name, m.display_name, None, m.en, m.es) for m in registry.missing(settings.models)}
    loaded = {name: Entry(name, name, engine) for name, engine in engines.items()}
    return Catalog({**missing, **loaded}, default=settings.models.default, fallback=settings.models.fallback)


def _listen(server: grpc.aio.Server, settings: Grpc) -> int:
    """OSError if the address is taken."""
    address = f"{settings.host}:{settings.port}"
    try:
        if settings.tls is None:
            return server.add_insecure_port(address)
        return server.add_secure_port(address, _credentials(settings.tls))
    except RuntimeError:
        raise OSError(f"cannot listen on {address}; is another server there?") from None


def _credentials(tls: Tls) -> grpc.ServerCredentials:
    client_ca = tls.client_ca.read_bytes() if tls.client_ca else None
    pair = (tls.key.read_bytes(), tls.certificate.read_bytes())
    return grpc.ssl_server_credentials([pair], client_ca, require_client_auth=client_ca is not None)
