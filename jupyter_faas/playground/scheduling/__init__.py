"""Scheduling: which worker runs an activation, and how and when workers are started and ended.

Knows runtimes and workers, and nothing of HTTP or of activation records.
"""
