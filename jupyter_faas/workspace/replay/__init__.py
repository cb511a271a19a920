"""Kept inputs of earlier runs, and the replay that sends them again and compares the answers."""
