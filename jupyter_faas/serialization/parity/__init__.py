"""The components of the parity check: test rows, comparison of results, verdict and report.

``sklearn/parity_check.py`` combines these components and explains how the check works.
"""
