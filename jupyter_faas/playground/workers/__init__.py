"""Worker processes: starting them, requests and replies, logs, timeouts, memory limits.

This package knows the protocol of a worker. It knows nothing of scheduling or activation records.
"""
