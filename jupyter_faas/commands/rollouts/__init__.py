"""The verbs about versions that are deployed beside a function."""
