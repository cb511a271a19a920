"""Triggers, rules and schedules on a target.

A trigger is an event, a rule connects it to an action, and a schedule is a trigger that the host
fires by itself.
"""
