"""What becomes part of a composition's zip: the conductor."""
