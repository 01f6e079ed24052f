"""All that knows gRPC: the servicers, what stands before them, and the server."""
