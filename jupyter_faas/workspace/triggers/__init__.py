"""Triggers, rules and schedules on a target.

A trigger is an event source, and a rule connects a trigger to an action. The host fires a trigger
with a schedule automatically.
"""
