"""What the tests of a ruleset reach of it: what there is to reach, what a test reaches, and the sum."""
