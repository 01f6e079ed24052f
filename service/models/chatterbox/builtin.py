"""The voice that the checkpoint brings with it, `conds.pt`: the model's preset `base-en`."""

from pathlib import Path

from service.errors import Reason, ServiceError
from service.models.chatterbox.conditioning import Conditioning, pair
from service.models.chatterbox.files import checksum
from service.models.chatterbox.loading import read_pickle

NAME = "base-en"


def read_builtin(path: Path, revision: str) -> Conditioning:
    """Its conditioning, for networks of `revision`. ServiceError MODEL_NOT_INSTALLED if the file holds something else.

    The layout is that of `Conditionals.save` in chatterbox-tts: each tensor in a batch of one.
    """
    content = read_pickle(path)
    try:
        speech, sound = content["t3"], content["gen"]
        tokens, mel = pair(sound["prompt_token"][0].long(), sound["prompt_feat"][0].float())
        conditioning = Conditioning(
            digest=f"{checksum(path)}@{revision}",
            speaker_embedding=speech["speaker_emb"].float().reshape(-1),
            prompt_tokens=speech["cond_prompt_speech_tokens"][0].long(),
            reference_tokens=tokens.clone(),
            reference_mel=mel.clone(),
            x_vector=sound["embedding"].float().reshape(-1),
        )
        conditioning.check()
    except (LookupError, TypeError, AttributeError, ValueError, RuntimeError) as error:
        raise ServiceError(
            Reason.MODEL_NOT_INSTALLED,
            en=f"{path} does not hold a voice ({error}): run `eslatam models download`.",
            es=f"{path} no contiene una voz ({error}): ejecutar `eslatam models download`.",
        ) from error
    return conditioning
