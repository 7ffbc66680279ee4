"""Engines: each compiles a linked ruleset, and all give the same findings for the same claim."""

from cpt_rules.engine.engine import Engine

__all__ = ["Engine"]
