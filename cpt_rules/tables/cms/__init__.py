"""Importers: one module for each file that a publisher ships, on the shared reading of `files` and `common`."""
