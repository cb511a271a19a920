"""The parts of the parity check: test rows, comparison of results, verdict and report.

``sklearn/parity_check.py`` combines them and explains how the check works.
"""
