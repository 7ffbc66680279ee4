"""`cpt-rules schema`: the JSON Schemas, for editors and for other programs."""

from __future__ import annotations

import json

import click

from cpt_rules.commands.output import Output


@click.command("schema", short_help="Print the JSON Schema of rule documents, claims, findings and explanations.")
@click.argument(
    "what", type=click.Choice(["all", "rules", "claim", "findings", "explanation"]), default="all", required=False
)
@click.option("-o", "--output", default="-", metavar="FILE", help="Where to write; - is standard output.")
def command(what: str, output: str) -> int:
    """Print the JSON Schema (draft 2020-12) of rule documents, a claim, the records of findings, or an explanation.

    `all` is one document that has the four as definitions: rules, claim, findings, explanation.

    \b
    Examples:
      cpt-rules schema rules -o rules.schema.json
      cpt-rules schema claim
      cpt-rules schema
    """
    from cpt_rules.explanation.records import explanation_schema
    from cpt_rules.language.schema import DIALECT, rule_schema
    from cpt_rules.writers.schema import claim_schema, findings_schema

    schemas = {
        "rules": rule_schema,
        "claim": claim_schema,
        "findings": findings_schema,
        "explanation": explanation_schema,
    }
    if what == "all":
        # each has an identity of its own, so that its references stay inside it
        parts = {name: {"$id": f"urn:cpt-rules:{name}", **schema()} for name, schema in schemas.items()}
        whole = {
            "title": "What cpt-rules reads and writes",
            "anyOf": [{"$ref": part["$id"]} for part in parts.values()],
        }
        found = {"$schema": DIALECT, **whole, "$defs": parts}
    else:
        found = {"$schema": DIALECT, "$id": f"urn:cpt-rules:{what}", **schemas[what]()}
    with Output(output) as target:
        target.text(json.dumps(found, ensure_ascii=False, indent=1))
    return 0
