# The image of the service and the bridge. By default both run in one container, and
#   docker run -p 8004:8004 IMAGE
# speaks with the embedded voice. docker-compose.yml runs them apart.
#
# RUNTIME=gpu  torch as PyPI has it, with CUDA 13 in its wheels: the host brings the NVIDIA driver (580 or newer).
# RUNTIME=cpu  torch from PyTorch's own CPU index. That one download is not verified by the project's own checks.
# EXTRAS=""    no torch at all: 400 MB of packages, and the embedded voice only.

ARG BASE=python:3.12-slim-bookworm

FROM ${BASE} AS build
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_NO_CACHE=1 UV_PYTHON_DOWNLOADS=never \
    UV_PROJECT_ENVIRONMENT=/opt/eslatam VIRTUAL_ENV=/opt/eslatam
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /src

# The dependencies first: they change less often than the code.
COPY pyproject.toml uv.lock ./
COPY clients/python/pyproject.toml clients/python/
ARG RUNTIME=gpu
ARG EXTRAS=chatterbox
RUN set --; for extra in $EXTRAS; do set -- "$@" --extra "$extra"; done; \
    case "$RUNTIME" in \
    gpu) uv sync --locked --no-dev --no-install-workspace "$@" ;; \
    cpu) uv sync --locked --no-dev --no-install-workspace && \
         if [ $# -gt 0 ]; then \
             uv export --quiet --locked --no-dev --no-emit-workspace "$@" \
                 --prune torch --prune torchaudio --output-file /tmp/hashed.txt && \
             uv pip install --no-deps --require-hashes --requirements /tmp/hashed.txt && \
             uv export --quiet --locked --no-dev --no-emit-workspace "$@" \
                 --no-hashes --output-file /tmp/versions.txt && \
             uv pip install --torch-backend cpu --constraints /tmp/versions.txt torch torchaudio; \
         fi ;; \
    *) echo "RUNTIME is gpu or cpu, not '$RUNTIME'" >&2; exit 1 ;; \
    esac

COPY LICENSE README.md ./
COPY clients/python clients/python
COPY config config
COPY voices voices
COPY rest_bridge rest_bridge
COPY service service
RUN uv sync --locked --no-dev --no-editable --inexact


FROM ${BASE}
ARG VERSION=dev
LABEL org.opencontainers.image.title="Chatterbox ES-LATAM" \
      org.opencontainers.image.description="Text to speech for Latin American Spanish: gRPC, REST and a voice that needs no download" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}"
RUN useradd --uid 10001 --user-group --home-dir /tmp --no-create-home --shell /usr/sbin/nologin eslatam && \
    install --directory --owner eslatam --group eslatam /models
COPY --from=build /opt/eslatam /opt/eslatam
# ONNX Runtime reports its use to Microsoft unless told not to before its import, which any package here may be first to do.
# Of the three listeners only the bridge leaves the container by itself: the service and its metrics stay on the
# loopback address until ESLATAM_GRPC__HOST and ESLATAM_METRICS__HOST say otherwise.
ENV PATH=/opt/eslatam/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    ORT_DISABLE_TELEMETRY=1 \
    XDG_CACHE_HOME=/models NUMBA_CACHE_DIR=/tmp/numba \
    NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility \
    ESLATAM_BRIDGE__HOST=0.0.0.0
# What `eslatam models download` fetches is kept in /models. Otherwise nothing is written outside /tmp, and nothing there
# is kept: the root filesystem may be read-only.
WORKDIR /tmp
USER 10001:10001
EXPOSE 8004 9464 50051
STOPSIGNAL SIGTERM
# For a bridge over HTTP, and for both processes: a container of the service alone brings its own check.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["python", "-c", \
    "import http.client as h, os, sys; c = h.HTTPConnection('127.0.0.1', int(os.environ.get('ESLATAM_BRIDGE__PORT', '8004')), timeout=4); c.request('GET', '/health'); sys.exit(c.getresponse().status != 200)"]
CMD ["eslatam", "serve"]
