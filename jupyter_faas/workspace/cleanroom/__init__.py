"""The clean-room test: run a package in a bare interpreter before it is uploaded."""
