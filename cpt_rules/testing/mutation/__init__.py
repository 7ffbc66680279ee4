"""Mutants: rulesets in which one thing is different, to see which of them the inline tests would miss."""
