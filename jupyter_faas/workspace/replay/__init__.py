"""Kept inputs of earlier runs, and their replay: send them again and compare the answers."""
