"""Scheduling: which worker runs an activation, and how and when workers are started and ended.

This package knows runtimes and workers. It knows nothing of HTTP or activation records.
"""
