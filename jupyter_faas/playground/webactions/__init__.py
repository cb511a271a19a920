"""Web actions: the arguments from an HTTP request, and the HTTP response from a result.

This package has the rules of OpenWhisk's web actions (contract §4). It knows nothing of the HTTP
server.
"""
