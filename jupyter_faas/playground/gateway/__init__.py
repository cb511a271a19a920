"""The API gateway: routes of a namespace that lead to its web actions.

An API is a Swagger 2.0 document in the form in which OpenWhisk's ``routemgmt`` makes it, one for
each base path of a namespace. The document says everything: what clients show of an API, and
where its routes lead. Client keys, OAuth and rate limits of APIs are not offered, and a document
that asks for them is refused rather than served open.

The room knows nothing of HTTP nor of actions: it finds the address that a request is to go to.
"""

from jupyter_faas.playground.gateway.gateway import Gateway
from jupyter_faas.playground.gateway.management import CALLS, call_name, make_gateway

__all__ = ["CALLS", "Gateway", "call_name", "make_gateway"]
