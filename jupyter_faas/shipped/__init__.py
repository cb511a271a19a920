"""What leaves the house: files that run inside an action, read as text and never imported."""
