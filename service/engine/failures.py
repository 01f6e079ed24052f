"""What goes wrong with an engine, as its callers are told."""

import logging

from service.errors import Reason, ServiceError

log = logging.getLogger(__name__)


def explain(error: Exception, otherwise: ServiceError | None = None) -> ServiceError:
    """What callers are told of an error that a model raised. Those that are no fault of theirs are logged."""
    told = error if isinstance(error, ServiceError) else otherwise or model_failed()
    if told is not error or told.reason in (Reason.INTERNAL, Reason.OUT_OF_MEMORY):
        log.error("the model failed", exc_info=error)
    return told


def model_failed() -> ServiceError:
    return ServiceError(
        Reason.INTERNAL,
        en="The model failed on this request. Try again; if it fails again, report the request id.",
        es="El modelo falló con esta solicitud. Intente de nuevo; si vuelve a fallar, informe el id.",
    )


def out_of_memory() -> ServiceError:
    """For models to raise where a unit of work did not fit."""
    return ServiceError(
        Reason.OUT_OF_MEMORY,
        en="The accelerator's memory is full. Try again in 5 s.",
        es="La memoria del acelerador está llena. Intente de nuevo en 5 s.",
        retry_after=5,
    )


def not_awake() -> ServiceError:
    return ServiceError(
        Reason.NOT_READY,
        en="The model was asleep and did not wake. Try again in 5 s.",
        es="El modelo dormía y no despertó. Intente de nuevo en 5 s.",
        retry_after=5,
    )


def not_ready() -> ServiceError:
    return ServiceError(
        Reason.NOT_READY,
        en="The service is starting or stopping. Try again in 2 s.",
        es="El servicio está iniciando o deteniéndose. Intente de nuevo en 2 s.",
        retry_after=2,
    )
