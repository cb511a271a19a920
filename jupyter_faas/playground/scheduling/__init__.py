"""Which worker runs a call: pools, starts, zygotes and prewarmed workers."""
