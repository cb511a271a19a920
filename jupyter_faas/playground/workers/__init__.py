"""Worker processes: start and end, requests and replies, logs, timeouts and memory limits.

This package implements the worker protocol. It does not depend on scheduling or activation records.
"""
