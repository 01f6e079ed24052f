"""The gRPC text-to-speech service: one process for each GPU, or for a CPU."""
