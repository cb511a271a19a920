"""The OpenAPI document of the playground, made from tables.

What is served must be told here and the other way round; a test compares. The room knows nothing
of the handlers.
"""

from jupyter_faas.playground.openapi.document import document
from jupyter_faas.playground.openapi.operations import OPERATIONS, Operation

__all__ = ["OPERATIONS", "Operation", "document"]
