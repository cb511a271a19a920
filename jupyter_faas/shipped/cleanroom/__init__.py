"""Modules that run in the clean-room test's process, where jupyter_faas may not be installed."""
