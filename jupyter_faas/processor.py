"""The environment variables that choose how numerical libraries use the processor.

Sums in another order differ in their last digits, and some processors need such a variable for
right results at all. So the notebook's kernel, the clean room and the playground's workers compute
with the same values of these variables.
"""

PROCESSOR_VARIABLES = frozenset(
    (
        *("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "MKL_CBWR", "MKL_ENABLE_INSTRUCTIONS"),
        *("NPY_DISABLE_CPU_FEATURES", "NPY_ENABLE_CPU_FEATURES", "ATEN_CPU_CAPABILITY"),
    )
)
