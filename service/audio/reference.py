"""What a recording must be for any model to imitate the voice in it."""

import numpy as np

from service.audio.samples import Samples
from service.errors import Reason, ServiceError

SHORTEST = 1.6
"""Seconds of voice. A speaker encoder hears 1.6 s at a time, and fills up with silence what falls short of it."""

QUIETEST = 10 ** (-50 / 20)
"""RMS: 50 dB below full scale, where an ordinary recording has its noise."""

_BLOCK = 0.032
_MARGIN = 10 ** (-20 / 20)
"""Blocks 20 dB below the loudest are not voice where they come first or last: so voice encoders trim a clip."""


def check_reference(samples: Samples, sample_rate: int) -> None:
    """Mono samples of shape [n], `sample_rate` in Hz. ServiceError BAD_REFERENCE_AUDIO if no voice is in them.

    Clipping and noise are not judged: they are imitated like the rest.
    """
    if not np.isfinite(samples).all():
        raise _refuse(
            "The reference audio is damaged: it holds values that are not numbers; export it again.",
            "El audio de referencia está dañado: contiene valores que no son números; hay que exportarlo de nuevo.",
        )
    voice = _trim(samples, round(_BLOCK * sample_rate))
    if len(voice) and _level(voice) < QUIETEST:
        raise _refuse(
            "The reference audio is silent or too quiet; send a louder recording.",
            "El audio de referencia está en silencio o es muy débil; hay que enviar una grabación más fuerte.",
        )
    seconds = len(voice) / sample_rate
    if seconds < SHORTEST:
        raise _refuse(
            f"The reference audio has only {seconds:.1f} seconds of voice, less than {SHORTEST}; send 6 to 10 seconds.",
            f"El audio de referencia solo tiene {seconds:.1f} segundos de voz, menos de {SHORTEST}; "
            "hay que enviar de 6 a 10 segundos.",
        )


def _trim(samples: Samples, block: int) -> Samples:
    """From the first to the last block that is loud enough."""
    blocks = np.pad(samples, (0, -len(samples) % block)).reshape(-1, block)
    levels = np.sqrt(np.mean(np.square(blocks, dtype=np.float64), axis=1))
    loud = np.flatnonzero(levels >= _MARGIN * levels.max(initial=0.0))
    return samples[loud[0] * block : (loud[-1] + 1) * block] if len(loud) else samples


def _level(samples: Samples) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))


def _refuse(en: str, es: str) -> ServiceError:
    return ServiceError(Reason.BAD_REFERENCE_AUDIO, en=en, es=es)
