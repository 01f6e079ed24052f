"""Every metric of the service process. Seconds everywhere; labels never carry a voice, a key or a text."""

from prometheus_client import Counter, Gauge, Histogram

FIRST_AUDIO_BUCKETS = (0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30)
QUEUE_BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
UNDERRUN_BUCKETS = (0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
RTF_BUCKETS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 0.9, 1, 1.25, 1.5, 2, 5)
STEP_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
CANCEL_BUCKETS = (0.0001, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
WAKE_BUCKETS = (0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30)
BATCH_BUCKETS = (1, 2, 4, 8, 16, 32, 64, 128)

FIRST_AUDIO = Histogram(
    "tts_time_to_first_audio_seconds",
    "From arrival to the first audio written.",
    ["rpc", "priority"],
    buckets=FIRST_AUDIO_BUCKETS,
)
QUEUE = Histogram(
    "tts_queue_seconds", "Wait of a stream's first segment for a slot.", ["priority"], buckets=QUEUE_BUCKETS
)
REAL_TIME_FACTOR = Histogram(
    "tts_real_time_factor", "Time from arrival to the last audio, over audio time.", ["rpc"], buckets=RTF_BUCKETS
)
CHUNK_GAP = Histogram(
    "tts_chunk_gap_seconds", "Time between two chunks minus the audio sent before.", buckets=QUEUE_BUCKETS
)
UNDERRUN = Histogram(
    "tts_underrun_seconds", "Worst deficit of a player that starts at the first chunk.", buckets=UNDERRUN_BUCKETS
)
STREAMS = Counter(
    "tts_streams", "Syntheses ended, by outcome and by whether a player would have gone dry.",
    ["rpc", "outcome", "continuous"],
)  # fmt: skip
STAGE = Histogram("tts_stage_seconds", "Time of one piece of work, by stage.", ["stage"], buckets=STEP_BUCKETS)
DECODE_STEP = Histogram("tts_decode_step_seconds", "Time of one decode step of all rows.", buckets=STEP_BUCKETS)
BATCH_SIZE = Histogram("tts_batch_size", "Rows in one decode step.", buckets=BATCH_BUCKETS)
SEGMENT_ENDINGS = Counter("tts_segment_endings", "Segments ended, by why their audio ends.", ["ending"])
PREEMPTED = Counter("tts_preempted_segments", "Segments that lost their slot to one that was due, to be said anew.")
CANCEL = Histogram("tts_cancel_seconds", "From the cancel of a stream to its last slot free.", buckets=CANCEL_BUCKETS)
WAKE = Histogram("tts_wake_seconds", "Time to wake a model that slept.", buckets=WAKE_BUCKETS)
AUDIO_SECONDS = Counter("tts_audio_seconds", "Audio written, as played.")
SPEECH_TOKENS = Counter("tts_speech_tokens", "Speech tokens generated.")
CHARACTERS = Counter("tts_characters", "Characters of text accepted.")
ACTIVE_STREAMS = Gauge("tts_active_streams", "Syntheses under way.", ["rpc"])
QUEUED_SEGMENTS = Gauge("tts_queued_segments", "Segments that wait for a slot.", ["model"])
REJECTED = Counter("tts_rejected", "Requests refused before any work.", ["reason"])
FALLBACKS = Counter("tts_fallback", "Syntheses spoken by another model than the requested one.", ["model"])
ENGINE_STATE = Gauge("tts_engine_state", "1 for the state the engine is in.", ["model", "state"])
DEVICE_MEMORY = Gauge("tts_device_memory_bytes", "What a model holds of its accelerator's memory.", ["model"])
LOOP_LAG = Gauge("tts_event_loop_lag_seconds", "How late the event loop woke last.")
BUILD_INFO = Gauge("tts_build_info", "Always 1.", ["version"])

_GRPC_LABELS = ["grpc_type", "grpc_service", "grpc_method"]
GRPC_STARTED = Counter("grpc_server_started", "RPCs started on the server.", _GRPC_LABELS)
GRPC_HANDLED = Counter("grpc_server_handled", "RPCs completed on the server.", [*_GRPC_LABELS, "grpc_code"])
GRPC_HANDLING = Histogram("grpc_server_handling_seconds", "Response latency of RPCs.", _GRPC_LABELS)
GRPC_RECEIVED = Counter("grpc_server_msg_received", "Stream messages received.", _GRPC_LABELS)
GRPC_SENT = Counter("grpc_server_msg_sent", "Stream messages sent.", _GRPC_LABELS)
