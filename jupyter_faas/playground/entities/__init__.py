"""Actions, packages, triggers, rules and namespaces, and what a PUT of each may change."""
