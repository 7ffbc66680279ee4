"""The care team of a claim: who stands in which role, for the claim or for lines of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import define, field

from cpt_rules.claim import Provider
from cpt_rules.readers import fhir_codes as codes
from cpt_rules.readers.fhir_line import LINE_ROLES
from cpt_rules.readers.fhir_people import NOBODY, References, provider
from cpt_rules.readers.fhir_values import Json, codings, count, objects

ROLES = ("rendering", "referring", "ordering", "supervising", "attending", "operating")


@define
class Team:
    """Providers by role, of the claim and of each line; `known` are the stored fields that the team tells of."""

    of_claim: dict[str, Provider | None]
    of_lines: list[dict[str, Any]]
    known: set[str] = field(factory=set)


def team(sent: Json, at: References, items: int) -> Team:
    """The care team: who is linked to some items stands in their lines, who is linked to all or none in the claim."""
    members = objects(sent.get("careTeam"))
    roles = [_roles(each, len(members)) for each in members]
    named = [provider(each.get("provider"), at, each.get("qualification")) for each in members]
    linked = [{count(n) for n in each.get("careTeamSequence") or ()} for each in objects(sent.get("item"))]
    found = Team({}, [{} for _ in range(items)])
    for role in ROLES:
        mine = [n for n, names in enumerate(roles) if role in names]
        told = NOBODY.known if mine or _would_be_told(role, sent, roles) else frozenset()
        for n in mine:
            sequence = count(members[n].get("sequence"))
            where = [place for place, each in enumerate(linked) if sequence in each]
            if role in LINE_ROLES and 0 < len(where) < items:
                for place in where:
                    found.of_lines[place][role] = named[n].provider
                told &= named[n].known
            elif found.of_claim.get(role) in (None, named[n].provider):
                found.of_claim[role] = named[n].provider
                told &= named[n].known
            else:  # two of one role for all lines: nobody can say who
                found.of_claim[role], told = None, frozenset()
        found.known |= {f"{role}.{part}" for part in told}
        if role in LINE_ROLES:
            found.known |= {f"line.{role}.{part}" for part in told}
    return found


def _roles(member: Json, members: int) -> frozenset[str]:
    """The roles of a member; empty where they are not known. A member alone needs none (FHIR R4, careTeam.role)."""
    found: set[str] = set()
    for system, code in codings(member.get("role")):
        known: Mapping[str, str] = codes.ROLES.get(system, {})
        if code in known or code.lower() in known:
            found.add(known.get(code) or known[code.lower()])
        elif code.lower() in codes.OTHER_ROLES:
            found.add("other")
    if not found and members == 1 and not member.get("role"):
        found.add("rendering")
    return frozenset(found)


def _would_be_told(role: str, sent: Json, roles: list[frozenset[str]]) -> bool:
    """Whether somebody in a role that no member has would be among the members: the roles of all are known, and the
    code systems in use have a word for it. Without a team nobody but the billing provider performed the services."""
    if not roles:
        return role == "rendering"
    systems = {system for each in objects(sent.get("careTeam")) for system, _ in codings(each.get("role"))}
    words = {name for system in systems for name in codes.ROLES.get(system, {}).values()}
    return all(roles) and role in {"rendering", "supervising"} | words
