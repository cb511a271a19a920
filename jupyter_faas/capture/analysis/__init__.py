"""Static analysis of syntax trees: names, scopes and imports. Live objects are not examined."""
