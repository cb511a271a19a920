"""The clean-room test, which runs a package in an isolated interpreter before it is uploaded."""
