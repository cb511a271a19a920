"""Runs in the playground's workers: launcher, zygote, and the loops that run an action."""
