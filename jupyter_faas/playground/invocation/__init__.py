"""One invocation from accepted request to activation record.

Plain actions, sequences, conductors and trigger firings. Knows no HTTP; ``http`` calls it.
"""
