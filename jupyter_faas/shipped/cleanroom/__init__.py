"""Runs in the process of a clean-room test."""
