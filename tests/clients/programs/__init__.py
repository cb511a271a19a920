"""Programs of users of clients, run by the Python that has the client."""
