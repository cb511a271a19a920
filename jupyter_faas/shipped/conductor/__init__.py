"""The files of the conductor, which become part of a composition's zip."""
