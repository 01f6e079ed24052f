"""Starts the bridge: python -m rest_bridge."""

import logging
import math
import sys

import uvicorn
from pydantic import ValidationError
from pythonjsonlogger.json import JsonFormatter

from rest_bridge.app import create_app
from rest_bridge.config import BridgeSettings, Log, Settings

LINE = "%(asctime)s %(levelname)s %(name)s %(message)s"


def configure_server(settings: BridgeSettings) -> uvicorn.Config:
    """How uvicorn serves the application. On SIGTERM it lets running replies end."""
    return uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        loop="auto",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=settings.max_native_body_bytes,
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_graceful_shutdown=math.ceil(settings.timeout),
        ssl_certfile=settings.ssl.certfile if settings.ssl else None,
        ssl_keyfile=settings.ssl.keyfile if settings.ssl else None,
    )


def configure_logs(log: Log) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter(LINE) if log.format == "json" else logging.Formatter(LINE))
    logging.basicConfig(level=log.level.upper(), handlers=[handler])


def main() -> None:
    """Serves until SIGTERM or SIGINT. Exits with a sentence if the settings are wrong."""
    try:
        settings = Settings()
    except ValidationError as error:
        sys.exit("\n".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()))
    except (OSError, ValueError) as error:
        sys.exit(f"ESLATAM_CONFIG: {error}")
    configure_logs(settings.log)
    uvicorn.Server(configure_server(settings.bridge)).run()


if __name__ == "__main__":
    main()
