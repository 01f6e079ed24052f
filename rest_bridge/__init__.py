"""The REST bridge: HTTP for people and for OpenAI's clients, in front of the gRPC service."""
