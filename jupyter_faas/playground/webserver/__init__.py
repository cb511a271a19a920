"""The HTTP server below the application, based on uvicorn: port, connections and TLS."""
