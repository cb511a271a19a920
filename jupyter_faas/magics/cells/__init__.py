"""The text of a cell with a magic: its options, its body, where it ran, what its names mean."""
