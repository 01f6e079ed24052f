"""The settings: one YAML file, and ESLATAM_* variables that override it. Read once, at start."""

import os
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, YamlConfigSettingsSource

ROOT = Path(__file__).resolve().parent.parent
"""Where `config/` and `voices/` lie: the checkout, or the folder the package is installed in."""

DEFAULT_FILE = ROOT / "config" / "default.yaml"


class Section(BaseModel):
    """A part of the settings. An unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Tls(Section):
    """PEM files. With `client_ca`, callers must show a certificate it signed."""

    certificate: Path
    key: Path
    client_ca: Path | None = None


class Grpc(Section):
    """The gRPC server. Times in seconds.

    Told to stop, it refuses new calls for at least `drain_seconds`, so that balancers see it, and lets streams under
    way end within `grace_seconds`.
    """

    host: str = "127.0.0.1"
    port: int = Field(50051, ge=0, le=65535)
    tls: Tls | None = None
    reflection: bool = False
    drain_seconds: float = Field(5, ge=0)
    grace_seconds: float = Field(600, ge=0)


class Metrics(Section):
    """Where Prometheus scrapes the gRPC process."""

    host: str = "127.0.0.1"
    port: int = Field(9464, ge=0, le=65535)


class EngineSettings(Section):
    """Who is let in, and by when the first audio should come.

    A stream waits for its first slot if fewer than `queue_limit` do and the wait is not expected to take more than
    `queue_seconds`; else it is refused. Streams under way may take `live_share` of what the model can do in real time.
    A target is when the first audio is due, in seconds after the request: it decides who goes first.
    """

    queue_limit: int = Field(64, ge=1)
    queue_seconds: float = Field(60, ge=0)
    live_share: float = Field(0.9, gt=0)
    interactive_target: float = Field(0.25, ge=0)
    standard_target: float = Field(10, ge=0)


class Live(Section):
    """Sessions whose text is still being written: how long one may be idle, and how much it may say in all."""

    idle_seconds: float = Field(60, gt=0)
    max_characters: int = Field(100_000, ge=1)


class Limits(Section):
    """What one caller may have. 0 means any number.

    `concurrent_streams` counts requests under way, in each process; `characters_per_minute` are counted where `storage`
    says: memory://, or the URL of a Redis that several processes share (needs the extra `redis`). A caller is its
    client certificate's common name, else its host. `trusted_callers` are networks, and common names, that may call
    for others by the metadata x-eslatam-caller, as the bridge does: leave the loopback out where a proxy on this
    machine lets strangers in. `receive_seconds` is the time that a connection or a request may take to arrive.
    """

    concurrent_streams: int = Field(0, ge=0)
    characters_per_minute: int = Field(0, ge=0)
    storage: str = Field("memory://", pattern=r"^(memory://|rediss?://.+)$")
    trusted_callers: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    receive_seconds: float = Field(20, gt=0)


class Kokoro(Section):
    """The embedded voice. `folder` holds its model file in place of the installed wheels."""

    folder: Path | None = None


class GpuOptimizations(Section):
    """What a CUDA device does differently. NF4 saves memory, is slower, and needs the extra `nf4`."""

    use_bfloat16: bool = True
    use_tf32: bool = True
    use_nf4_quantization: bool = False


class Chatterbox(Section):
    """Chatterbox. `folder` holds its files in place of the cache of `eslatam models download`; 0 slots means 8 on a CPU
    and 32 on a GPU; `voice_cache_mb` bounds what `profile` keeps of each voice.
    """

    checkpoint: Literal["es-mx-latam", "mtl-v2", "mtl-v3"] = "es-mx-latam"
    folder: Path | None = None
    device: str = Field("auto", pattern=r"^(auto|cpu|cuda(:\d+)?)$")
    profile: Literal["reference", "cached_prompt", "fast"] = "cached_prompt"
    text_front_end: Literal["nfkd-case", "legacy", "raw"] = "nfkd-case"
    slots: int = Field(0, ge=0, le=256)
    voice_cache_mb: int = Field(4096, ge=0)
    watermark: bool = True
    gpu_optimizations: GpuOptimizations = GpuOptimizations()


class Fake(Section):
    """The model without a voice, for tests of load. Times of a unit in seconds, and what each of its rows adds."""

    slots: int = Field(32, ge=1)
    decode_seconds: float = Field(0, ge=0)
    decode_row_seconds: float = Field(0, ge=0)
    render_seconds: float = Field(0, ge=0)
    render_row_seconds: float = Field(0, ge=0)
    fail_on: str = "\0"


class Models(Section):
    """Which models are loaded, which speaks when none is named, and which stands in for one that is not installed."""

    loaded: tuple[Literal["chatterbox-es-latam", "kokoro-es", "fake"], ...] = ("chatterbox-es-latam", "kokoro-es")
    default: str = "chatterbox-es-latam"
    fallback: str | None = None
    threads: int = Field(0, ge=0, description="Cores for the models' kernels; 0 means all that the process may use")
    idle_timeout_sec: float = Field(300, ge=0, description="Idle time before weights leave a GPU; 0 means never")
    chatterbox: Chatterbox = Chatterbox()
    kokoro: Kokoro = Kokoro()
    fake: Fake = Fake()


class Voices(Section):
    """Built-in voices, and the one that speaks when none is named."""

    folder: Path = ROOT / "voices"
    default: str = "default"


class Text(Section):
    """How texts are read. `lexicon` is a YAML file of the deployment's own pronunciations."""

    max_characters: int = Field(280, ge=50, le=500, description="Longest segment, after numbers and the like are words")
    lexicon: Path | None = None


class Log(Section):
    """What is written to the standard error stream."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"


class Settings(BaseSettings):
    """Everything the service can be told. `bridge` belongs to the REST bridge, which reads it itself."""

    model_config = SettingsConfigDict(
        env_prefix="ESLATAM_",
        env_nested_delimiter="__",
        env_parse_none_str="null",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    grpc: Grpc = Grpc()
    metrics: Metrics = Metrics()
    engine: EngineSettings = EngineSettings()
    live: Live = Live()
    limits: Limits = Limits()
    models: Models = Models()
    voices: Voices = Voices()
    text: Text = Text()
    log: Log = Log()
    bridge: dict[str, Any] = Field(default_factory=dict)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        file = YamlConfigSettingsSource(settings_cls, yaml_file=settings_file())
        return init_settings, env_settings, file


def settings_file() -> Path:
    """The file named by ESLATAM_CONFIG, else `config/default.yaml`. FileNotFoundError if it is not there."""
    return Path(os.environ.get("ESLATAM_CONFIG", DEFAULT_FILE)).resolve(strict=True)
