"""Placeholder while the other part is built."""
