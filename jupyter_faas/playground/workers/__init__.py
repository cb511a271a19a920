"""Worker processes: starting them, requests and replies, logs, timeouts, memory limits.

Knows the protocol of a worker, and nothing of scheduling or of activation records.
"""
