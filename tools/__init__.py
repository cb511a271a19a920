"""What ./dev runs besides the tests; not part of the package."""
