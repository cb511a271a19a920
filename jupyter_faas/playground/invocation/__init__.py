"""Invocations of plain actions, sequences, compositions and triggers.

This package covers an invocation from the accepted request to the activation record. It does not
depend on HTTP. The ``http`` package calls it.
"""
