"""npm's ``openwhisk-composer``: ``compose`` and ``deploy``, and what they make, on a playground."""
