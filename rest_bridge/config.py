"""Settings of the bridge: the section `bridge:` of a YAML file, and ESLATAM_BRIDGE__* variables, which win."""

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, YamlConfigSettingsSource

DEFAULT_FILE = Path(__file__).resolve().parent.parent / "config" / "default.yaml"

VOICE_IDS = {
    "alloy": "default",
    "ash": "alex",
    "ballad": "alex",
    "cedar": "alex",
    "coral": "default",
    "echo": "alex",
    "fable": "santa",
    "marin": "default",
    "nova": "default",
    "onyx": "santa",
    "sage": "default",
    "shimmer": "default",
    "verse": "alex",
}
"""The Spanish voice that speaks for each of OpenAI's names."""

MODEL_ALIASES = (
    "tts-1",
    "tts-1-1106",
    "tts-1-hd",
    "tts-1-hd-1106",
    "gpt-4o-mini-tts",
    "gpt-4o-mini-tts-2025-03-20",
    "gpt-4o-mini-tts-2025-12-15",
)
"""OpenAI's names for models, all taken as the server's default model."""


class Section(BaseModel):
    """A part of the settings. A key that it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ServiceTLS(Section):
    """How the connection to the service is encrypted. Files in PEM; no root file means gRPC's own roots."""

    root_certificates: Path | None = None
    certificate: Path | None = None
    private_key: Path | None = None


class HTTPS(Section):
    """The certificate and key, in PEM, that the bridge answers with."""

    certfile: Path
    keyfile: Path


class BridgeSettings(Section):
    """Everything about the bridge. Times are in seconds, sizes in bytes, lengths in characters.

    `trusted_proxies` are the networks of proxies whose X-Forwarded-For names the caller.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8004
    target: str = "127.0.0.1:50051"
    tls: bool | ServiceTLS = False
    ssl: HTTPS | None = None
    timeout: Annotated[float, Field(gt=0)] = 3600.0
    max_body_bytes: Annotated[int, Field(ge=1024)] = 1024 * 1024
    max_native_body_bytes: Annotated[int, Field(ge=1024)] = 4 * 1024 * 1024
    max_openai_characters: Annotated[int, Field(ge=1)] = 4096
    max_tts_characters: Annotated[int, Field(ge=1)] = 10_000
    trusted_proxies: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()
    voices: dict[str, str] = VOICE_IDS
    model_aliases: tuple[str, ...] = MODEL_ALIASES


class Log(Section):
    """What is written to the standard error stream, by both processes alike."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"


class Settings(BaseSettings):
    """The file's sections, of which the bridge reads its own and the one on logs."""

    model_config = SettingsConfigDict(env_prefix="ESLATAM_", env_nested_delimiter="__", extra="ignore", frozen=True)

    bridge: BridgeSettings = BridgeSettings()
    log: Log = Log()

    @model_validator(mode="before")
    @classmethod
    def _accept_empty_section(cls, values: dict[str, object]) -> dict[str, object]:
        return {name: value for name, value in values.items() if value is not None}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, YamlConfigSettingsSource(settings_cls, settings_file())


def settings_file() -> Path:
    """The file named by ESLATAM_CONFIG, else `config/default.yaml`. FileNotFoundError if it is not there."""
    return Path(os.environ.get("ESLATAM_CONFIG", DEFAULT_FILE)).resolve(strict=True)
