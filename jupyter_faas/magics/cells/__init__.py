"""The text of a cell with a magic: its options, its body, the log of executions, its
expressions.
"""
