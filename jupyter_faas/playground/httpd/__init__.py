"""The HTTP server below the application: port, connections, TLS. Uvicorn's neighbours."""
