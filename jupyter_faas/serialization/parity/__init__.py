"""The parts of the parity check: test rows, comparison of answers, verdict and report.

``sklearn/parity_check.py`` puts them together and says how the check works.
"""
