"""Starts the bridge: python -m rest_bridge."""

import logging
import math
import sys

import uvicorn
from pydantic import ValidationError

from rest_bridge.app import create_app
from rest_bridge.config import BridgeSettings, load_settings


def configure_server(settings: BridgeSettings) -> uvicorn.Config:
    """How uvicorn serves the application. On SIGTERM it lets running replies end."""
    return uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        loop="auto",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=math.ceil(settings.timeout),
        ssl_certfile=settings.ssl.certfile if settings.ssl else None,
        ssl_keyfile=settings.ssl.keyfile if settings.ssl else None,
    )


def main() -> None:
    """Serves until SIGTERM or SIGINT. Exits with a sentence if the settings are wrong."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        settings = load_settings()
    except ValidationError as error:
        sys.exit("\n".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()))
    except (OSError, ValueError) as error:
        sys.exit(f"ESLATAM_CONFIG: {error}")
    uvicorn.Server(configure_server(settings)).run()


if __name__ == "__main__":
    main()
