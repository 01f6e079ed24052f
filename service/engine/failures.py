"""What goes wrong with an engine, as its callers are told."""

from service.errors import Reason, ServiceError


def model_failed() -> ServiceError:
    return ServiceError(
        Reason.INTERNAL,
        en="The model failed on this request. Try again; if it fails again, report the request id.",
        es="El modelo falló con esta solicitud. Intente de nuevo; si vuelve a fallar, informe el id.",
    )


def not_ready() -> ServiceError:
    return ServiceError(
        Reason.NOT_READY,
        en="The service is starting or stopping. Try again in 2 s.",
        es="El servicio está iniciando o deteniéndose. Intente de nuevo en 2 s.",
        retry_after=2,
    )
