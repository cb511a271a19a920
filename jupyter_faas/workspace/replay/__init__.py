"""Kept inputs of earlier runs, and their replay, which compares new answers with old answers."""
