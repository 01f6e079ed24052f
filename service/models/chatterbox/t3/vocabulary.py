"""The ids that T3 reads and says. Source: `T3Config` of chatterbox-tts 0.1.7."""

START_TEXT = 255
STOP_TEXT = 0

CODES = 6561
"""Speech tokens that are sound: ids below this one."""
START = 6561
STOP = 6562
SPEECH_IDS = 8194
"""Rows of the speech head. Those past `STOP` are never said, and S3Gen has no embedding for them."""
