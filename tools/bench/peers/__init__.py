"""``./dev bench peers``: the playground beside what others serve the same ONNX models with.

Each system runs in an environment of its own under ``.dev/peers`` that the bench makes. Rounds are
interleaved, so that what the machine does meanwhile meets all of them alike; what is promised are
ratios within a round.
"""
