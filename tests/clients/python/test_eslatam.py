import eslatam


def test_the_public_names_are_these() -> None:
    assert eslatam.__all__ == [
        "TLS",
        "AsyncClient",
        "AsyncStream",
        "Chunk",
        "Client",
        "ClosedError",
        "ConflictError",
        "DeadlineExceededError",
        "Encoding",
        "FieldViolation",
        "Header",
        "InternalError",
        "InvalidRequestError",
        "Model",
        "NotFoundError",
        "Options",
        "OverloadedError",
        "PermissionDeniedError",
        "Speech",
        "SpeechError",
        "Stream",
        "StreamCutError",
        "StreamOptions",
        "Summary",
        "Timestamp",
        "UnauthenticatedError",
        "UnavailableError",
        "UnsupportedError",
        "Voice",
        "open_channel",
    ]
    assert all(hasattr(eslatam, name) for name in eslatam.__all__)
