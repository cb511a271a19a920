"""What the notebook has changed in its libraries: their settings and their classes."""
