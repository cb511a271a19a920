"""Triggers, rules and schedules on a target."""
