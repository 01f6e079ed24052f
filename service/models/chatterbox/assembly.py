"""From files and settings to the model: where each network runs, and in what numbers."""

import logging
from dataclasses import dataclass
from functools import partial

import torch

from service.engine.model import ModelInfo
from service.models.chatterbox import builtin
from service.models.chatterbox.conditioning import Conditioning
from service.models.chatterbox.enrolment import Enrolment
from service.models.chatterbox.files import Checkpoint
from service.models.chatterbox.frontend import FrontEnd, Mode
from service.models.chatterbox.loading import load_weights
from service.models.chatterbox.model import Chatterbox, Parts
from service.models.chatterbox.probe import probe
from service.models.chatterbox.profiles import PROFILES, ProfileName
from service.models.chatterbox.s3gen.flow import Flow
from service.models.chatterbox.s3gen.vocoder import Vocoder
from service.models.chatterbox.t3.decoder import Decoder
from service.models.chatterbox.t3.projections import Precision
from service.models.chatterbox.watermark import Perth
from service.telemetry import metrics

log = logging.getLogger(__name__)

NAME = "chatterbox-es-latam"
DISPLAY_NAME = "Chatterbox Multilingual, español latinoamericano"

LONGEST_TEXT = 400
"""Text tokens of one segment, about 300 characters: upstream loses words past it."""

CPU_SLOTS = 8
GPU_SLOTS = 32
GPU_WINDOWS = 16
"""Rendered together: what a GPU does for one it does for as many in little more time."""

_COUNTRIES = "AR BO CL CO CR CU DO EC GT HN MX NI PA PE PR PY SV US UY VE"
_LANGUAGES = ("es-419", "es", *(f"es-{country}" for country in _COUNTRIES.split()))
_SAMPLE_RATE = 24_000


@dataclass(frozen=True, slots=True)
class Options:
    """What the settings say of it. `slots` 0 leaves the number to the device; `voice_bytes` bounds the voices kept."""

    device: str
    profile: ProfileName
    text_front_end: Mode
    slots: int
    voice_bytes: int
    threads: int
    watermark: bool
    bfloat16: bool
    tf32: bool
    nf4: bool


def assemble(checkpoint: Checkpoint, options: Options) -> Chatterbox:
    """Loads everything. ServiceError MODEL_NOT_INSTALLED names the file that is not what it should be."""
    device = choose_device(options.device)
    torch.set_num_threads(options.threads)
    torch.backends.cuda.matmul.allow_tf32 = options.tf32
    torch.backends.cudnn.allow_tf32 = False  # the vocoder's convolutions stay in full float32
    weights = load_weights(checkpoint)
    front_end = FrontEnd(checkpoint.files["vocabulary"], options.text_front_end)
    if checkpoint.unverified:
        log.warning("files that no download verified: %s", ", ".join(checkpoint.unverified))
    log.info("text front end %s", probe(front_end, weights.t3["text_emb.weight"]).summary()[0])
    slots = options.slots or (CPU_SLOTS if device.type == "cpu" else GPU_SLOTS)
    windows = 1 if device.type == "cpu" else min(GPU_WINDOWS, slots)
    parts = Parts(
        front_end=front_end,
        decoder=Decoder(weights.t3, precision=choose_precision(device, options), device=device, slots=slots),
        flow=Flow(weights.flow, dtype=choose_dtype(device, options), device=device, rows=windows),
        vocoder=Vocoder(weights.vocoder, device=device),
        enrolment=Enrolment(
            tokenizer=weights.speech_tokenizer,
            speaker_encoder=weights.speaker_encoder,
            voice_encoder=weights.voice_encoder,
            revision=checkpoint.revision,
            device=str(device),
        ),
        presets=_read_presets(checkpoint),
    )
    info = ModelInfo(
        name=NAME,
        family="chatterbox",
        display_name=DISPLAY_NAME,
        revision=checkpoint.revision,
        languages=_LANGUAGES,
        sample_rate=_SAMPLE_RATE,
        device=str(device),
        cost=front_end.cost,
        max_cost=LONGEST_TEXT,
        slots=slots,
        render_batch=windows,
        options=frozenset(
            {
                "seed",
                "speaking_rate",
                "temperature",
                "exaggeration",
                "cfg_weight",
                "min_p",
                "top_p",
                "repetition_penalty",
            }
        ),
        can_clone=True,
        watermark=Perth().open if options.watermark else None,
    )
    if device.type == "cuda":
        metrics.DEVICE_MEMORY.labels(NAME).set_function(partial(torch.cuda.memory_allocated, device))
    return Chatterbox(info, parts, PROFILES[options.profile], voice_bytes=options.voice_bytes)


def choose_device(name: str) -> torch.device:
    """`auto` is the first GPU if there is one."""
    if name != "auto":
        return torch.device(name)
    return torch.device("cuda:0" if torch.cuda.is_available() else "cpu")


def choose_precision(device: torch.device, options: Options) -> Precision:
    """T3's: int8 on a CPU that has kernels for it, as it reads half the bytes of bf16 for every token."""
    if device.type == "cpu":
        return "int8" if "fbgemm" in torch.backends.quantized.supported_engines else "float32"
    if options.nf4:
        return "nf4"
    return "bfloat16" if options.bfloat16 else "float32"


def choose_dtype(device: torch.device, options: Options) -> torch.dtype:
    """The flow's: bf16 where the hardware multiplies it."""
    on_cpu = device.type == "cpu"
    fast = torch.ops.mkldnn._is_mkldnn_bf16_supported() if on_cpu else options.bfloat16  # noqa: SLF001
    return torch.bfloat16 if fast else torch.float32


def _read_presets(checkpoint: Checkpoint) -> dict[str, Conditioning]:
    path = checkpoint.files.get("conditioning")
    return {builtin.NAME: builtin.read_builtin(path, checkpoint.revision)} if path else {}
