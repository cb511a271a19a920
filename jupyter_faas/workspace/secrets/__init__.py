"""Secrets: values that functions read as environment variables, and where they are kept here."""
