"""The action that divides calls between two versions."""
