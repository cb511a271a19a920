"""The parts of a cell with a magic: options, body, expressions, and the log of executions."""
