"""What leaves the house: files that run inside an action or a worker, read as text, never imported."""
