"""Static analysis of syntax trees: names, scopes and imports. Knows no live objects."""
