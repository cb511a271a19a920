"""Versions of a function that are deployed beside it, under names of their own."""
