"""Which distributions, modules and files the captured source needs to run elsewhere."""
