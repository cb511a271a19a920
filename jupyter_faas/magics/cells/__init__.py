"""Options, body and expressions of cells with a magic, and the log of executed cells."""
