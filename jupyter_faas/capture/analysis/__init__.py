"""Static analysis of names, scopes and imports in syntax trees, without live objects."""
