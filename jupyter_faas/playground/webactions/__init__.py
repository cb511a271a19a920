"""The request a web action sees and the HTTP response made of its result."""
