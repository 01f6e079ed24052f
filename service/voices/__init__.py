"""Voices: what is on disk, found by id and never by path."""

from service.voices.store import Voice, VoiceStore

__all__ = ["Voice", "VoiceStore"]
