"""`python -m cpt_rules` is `cpt-rules`."""

from cpt_rules.cli import main

if __name__ == "__main__":
    main()
