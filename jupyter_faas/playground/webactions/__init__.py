"""Web actions: from an HTTP request to the arguments, and from the result to an HTTP response.

Knows the rules of OpenWhisk's web actions (contract §4), and nothing of the HTTP server.
"""
