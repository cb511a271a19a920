"""Sessions: the runs of compositions, rebuilt from the activation records of a target.

This package only reads records. ``jupyter_faas.composer`` defines and compiles compositions.
"""
