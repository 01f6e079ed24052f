"""What goes wrong with an engine, as its callers are told."""

from service.errors import Reason, ServiceError


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
