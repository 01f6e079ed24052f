"""What the bridge itself says to people, in both languages."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

Language = Literal["en", "es"]


class Message(NamedTuple):
    """One sentence in English and in Spanish."""

    en: str
    es: str

    def said_in(self, language: Language) -> str:
        return self.en if language == "en" else self.es


def choose_language(accept: str) -> Language:
    """The language to answer in, by the value of Accept-Language. Spanish unless English is preferred."""
    ranked = sorted(enumerate(accept.split(",")), key=lambda item: (-_read_weight(item[1]), item[0]))
    for _, item in ranked:
        primary = item.split(";")[0].strip().lower().split("-")[0]
        if primary in {"en", "es", "*"} and _read_weight(item) > 0:
            return "en" if primary == "en" else "es"
    return "es"


def _read_weight(item: str) -> float:
    _, _, weight = item.replace(" ", "").partition(";q=")
    try:
        return float(weight) if weight else 1.0
    except ValueError:
        return 0.0


BAD_JSON = Message(
    "The body is not valid JSON. Send one JSON object, in UTF-8.",
    "El cuerpo no es JSON válido. Enviar un objeto JSON en UTF-8.",
)
BAD_MEDIA_TYPE = Message(
    "The body must be JSON. Send the header Content-Type: application/json.",
    "El cuerpo debe ser JSON. Enviar el encabezado Content-Type: application/json.",
)
BINARY_MESSAGE = Message(
    "A message must be a text frame with one JSON object.",
    "Un mensaje debe ser una trama de texto con un objeto JSON.",
)
BUG = Message(
    "The bridge failed. Please report it with the id in the X-Request-Id header.",
    "El puente falló. Reportarlo con el identificador del encabezado X-Request-Id.",
)
CUT = Message(
    "The audio was cut before its end. Try again.",
    "El audio se cortó antes del final. Intentar de nuevo.",
)
NO_METHOD = Message(
    "This route does not take that method.",
    "Esta ruta no admite ese método.",
)
NO_MODEL = Message(
    "There is no such model. GET /v1/models lists those that can speak.",
    "No existe ese modelo. GET /v1/models muestra los que pueden hablar.",
)
NO_ROUTE = Message(
    "There is nothing at this address. GET / lists the routes.",
    "No hay nada en esta dirección. GET / muestra las rutas.",
)
NO_REFERENCE = Message(
    "The voice mode 'clone' needs reference_audio_filename, the name of a cloned voice.",
    "El modo de voz 'clone' necesita reference_audio_filename, el nombre de una voz clonada.",
)
NO_TEXT = Message(
    "The text is empty. Send at least one word.",
    "El texto está vacío. Enviar al menos una palabra.",
)
TIMES_NOT_STREAMED = Message(
    "Timestamps and subtitles come with the whole recording. Leave the stream out, or them.",
    "Los tiempos y los subtítulos vienen con la grabación entera. Omitir la transmisión u omitirlos.",
)
NO_VOICE = Message("There is no such voice.", "No existe esa voz.")

_STATUSES = {
    400: Message("The request cannot be served as it is.", "La solicitud no se puede atender tal como está."),
    401: Message("A valid API key is needed.", "Se necesita una clave de API válida."),
    403: Message("This key may not do that.", "Esta clave no tiene permiso para hacer eso."),
    404: Message("It does not exist.", "No existe."),
    409: Message("It conflicts with what exists already.", "Entra en conflicto con lo que ya existe."),
    429: Message(
        "The service is busy. Try again after the time in Retry-After.",
        "El servicio está ocupado. Intentar de nuevo tras el tiempo indicado en Retry-After.",
    ),
    499: Message("The request was cancelled.", "La solicitud fue cancelada."),
    500: Message(
        "The service failed. Please report it with the id in the X-Request-Id header.",
        "El servicio falló. Reportarlo con el identificador del encabezado X-Request-Id.",
    ),
    501: Message("This service does not do that yet.", "Este servicio todavía no hace eso."),
    503: Message(
        "The service is not ready. Try again in a moment.",
        "El servicio no está listo. Intentar de nuevo en un momento.",
    ),
    504: Message(
        "The audio was not ready in time. Send a shorter text or try again later.",
        "El audio no estuvo listo a tiempo. Enviar un texto más corto o intentar más tarde.",
    ),
}

_RULES = {
    "bool_type": Message("must be true or false", "debe ser true o false"),
    "finite_number": Message("must be a finite number", "debe ser un número finito"),
    "float_type": Message("must be a number", "debe ser un número"),
    "greater_than_equal": Message("must be at least {ge}", "debe ser al menos {ge}"),
    "int_type": Message("must be a whole number", "debe ser un número entero"),
    "less_than_equal": Message("must be at most {le}", "debe ser como máximo {le}"),
    "literal_error": Message("must be one of: {choices}", "debe ser uno de estos valores: {choices}"),
    "missing": Message("is required", "es obligatorio"),
    "model_type": Message("must be a JSON object", "debe ser un objeto JSON"),
    "string_too_short": Message("must not be empty", "no debe estar vacío"),
    "string_type": Message("must be a string", "debe ser una cadena de texto"),
    "string_unicode": Message(
        "has half of a surrogate pair (\\ud800 to \\udfff), which is no character",
        "tiene la mitad de un par sustituto (\\ud800 a \\udfff), que no es un carácter",
    ),
    "voice_type": Message(
        'must be a string or an object {{"id": "..."}}', 'debe ser una cadena de texto o un objeto {{"id": "..."}}'
    ),
}
_BROKEN = Message("is not valid", "no es válido")


def describe_status(status: int) -> Message:
    """What to say of an HTTP status when the service gave no words for people."""
    return _STATUSES.get(status, _STATUSES[500])


def describe_rule(rule: str, context: Mapping[str, Any]) -> Message:
    """What a field must be, by the name pydantic gives the rule it broke."""
    message = _RULES.get(rule, _BROKEN)
    numbers = {name: _write_number(value) for name, value in context.items() if isinstance(value, (int, float))}
    choices = str(context.get("expected", "")).replace("' or '", "', '")
    return Message(*(text.format(**{"choices": choices, **numbers}) for text in message))


def _write_number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:g}"


def too_long(length: int, limit: int) -> Message:
    return Message(
        f"The text has {length} characters; the most is {limit}. Split it into several requests.",
        f"El texto tiene {length} caracteres; el máximo es {limit}. Dividirlo en varias solicitudes.",
    )


def too_large(limit: int) -> Message:
    return Message(
        f"The body is larger than {limit} bytes, the most this server takes.",
        f"El cuerpo supera los {limit} bytes, el máximo que admite este servidor.",
    )


def list_choices(message: Message, voices: list[str]) -> Message:
    """The same message, with the voices that do exist."""
    names = ", ".join(voices)
    return Message(f"{message.en} Voices: {names}.", f"{message.es} Voces: {names}.") if voices else message
