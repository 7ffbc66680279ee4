"""Code systems, identifier systems and codes that a FHIR claim is read by, each with where it is defined.

Sources: FHIR R4 (4.0.1) and HL7 Terminology (terminology.hl7.org), US Core, CARIN Consumer Directed Payer Data Exchange
(STU 2, aliases and code systems), Da Vinci Prior Authorization Support (PAS), Patient Cost Transparency (PCT) and Payer
Data Exchange (PDex), CMS Blue Button. A system is compared without its scheme, version, capitals and last slash.
"""

from __future__ import annotations

from collections.abc import Mapping

from cpt_rules.claim import DiagnosisRole, DiagnosisSystem


def plain(system: object) -> str:
    """A system as it is compared: ``http://hl7.org/fhir/sid/us-npi|1.0`` is ``hl7.org/fhir/sid/us-npi``."""
    text = system if isinstance(system, str) else ""
    text = text.partition("|")[0].strip().lower().rstrip("/")
    return text.removeprefix("https://").removeprefix("http://")


_CARIN = "hl7.org/fhir/us/carin-bb/codesystem/"
_PCT = "hl7.org/fhir/us/davinci-pct/codesystem/"
_PDEX = "hl7.org/fhir/us/davinci-pdex/codesystem/"
_HL7 = "terminology.hl7.org/codesystem/"

# ---- identifiers: FHIR naming systems, US Core, CARIN identifier types -----------------------------------------------

NPI = frozenset({"hl7.org/fhir/sid/us-npi", "urn:oid:2.16.840.1.113883.4.6"})
CLIA = frozenset({"urn:oid:2.16.840.1.113883.4.7", "terminology.hl7.org/namingsystem/clia"})
TAX = frozenset({"urn:oid:2.16.840.1.113883.4.4"})
#: What an identifier is, by the code of its type.
NPI_TYPES = frozenset({"npi"})
CLIA_TYPES = frozenset({"clia"})
TAX_TYPES = frozenset({"tax", "tx", "en"})
PAYER_TYPES = frozenset({"payerid"})
MEMBER_TYPES = frozenset({"mb", "um"})

# ---- services ------------------------------------------------------------------------------------------------------

CPT = frozenset({"www.ama-assn.org/go/cpt"})
HCPCS = frozenset(
    {
        "www.cms.gov/medicare/coding/hcpcsreleasecodesets",
        _HL7 + "hcpcs-all-codes",
        "urn:oid:2.16.840.1.113883.6.14",
        "urn:oid:2.16.840.1.113883.6.285",
    }
)
PROCEDURES = CPT | HCPCS
HIPPS = frozenset({"www.cms.gov/medicare/medicare-fee-for-service-payment/prospmedicarefeesvcpmtgen/hippscodes"})
NDC = frozenset({"hl7.org/fhir/sid/ndc"})
REVENUE = frozenset({"www.nubc.org/codesystem/revenuecodes", "urn:oid:2.16.840.1.113883.13.18"})
ABSENT = frozenset({_HL7 + "data-absent-reason", _HL7 + "v3-nullflavor"})
POS = frozenset(
    {
        "www.cms.gov/medicare/coding/place-of-service-codes/place_of_service_code_set",
        "www.cms.gov/medicare/coding/place-of-service-codes/place_of_service_code_set.html",  # in HL7's R4 examples
    }
)
TAXONOMY = frozenset({"nucc.org/provider-taxonomy", "urn:oid:2.16.840.1.113883.6.101"})

#: Units of UCUM and of X12 (element 355), by what the catalogue of fields calls them; no unit counts services
#: (FHIR R4, Claim.item.quantity: the number of repetitions of a service).
UNITS: Mapping[str, str] = {"": "UN", "1": "UN", "un": "UN", "min": "MJ", "mj": "MJ", "d": "DA", "da": "DA"}

# ---- diagnoses and procedures of the claim ---------------------------------------------------------------------------

ICD: Mapping[str, DiagnosisSystem] = {
    "hl7.org/fhir/sid/icd-10-cm": "icd10",
    "hl7.org/fhir/sid/icd-10": "icd10",
    "urn:oid:2.16.840.1.113883.6.90": "icd10",
    "hl7.org/fhir/sid/icd-9-cm": "icd9",
    _HL7 + "icd9cm": "icd9",
    "urn:oid:2.16.840.1.113883.6.103": "icd9",
}
#: HL7 ex-diagnosistype, CARIN C4BBClaimDiagnosisType, PCT diagnosis types.
DIAGNOSIS_ROLES: Mapping[str, DiagnosisRole] = {
    "principal": "principal",
    "admitting": "admitting",
    "other": "other",
    "secondary": "other",
    "externalcauseofinjury": "external-cause",
    "externalcause": "external-cause",
    "patientreasonforvisit": "reason",
}
ON_ADMISSION = frozenset({_HL7 + "ex-diagnosis-on-admission"})  # y, n, u, w

# ---- the claim -----------------------------------------------------------------------------------------------------

CLAIM_TYPES = frozenset({_HL7 + "claim-type", "hl7.org/fhir/ex-claimtype"})
BILL_TYPE = frozenset(
    {
        "www.nubc.org/codesystem/typeofbill",
        "urn:oid:2.16.840.1.113883.18.290",
        "www.cms.gov/codes/billtype",  # in HL7's R4 examples
    }
)
DRG = frozenset(
    {
        "www.cms.gov/medicare/medicare-fee-for-service-payment/acuteinpatientpps/ms-drg-classifications-and-software",
        "uri.hddaccess.com/cs/apdrg",
        "uri.hddaccess.com/cs/aprdrg",
    }
)
CONDITION_CODES = frozenset({"www.nubc.org/codesystem/conditioncodes"})
OCCURRENCE_CODES = frozenset({_HL7 + "v2-0350", "urn:oid:2.16.840.1.113883.6.301.7"})
VALUE_CODES = frozenset({"www.nubc.org/codesystem/valuecodesandamounts"})
#: v3 ActIncidentCode → related-causes codes as the catalogue of fields has them; the others are other accidents.
ACCIDENTS: Mapping[str, str] = {"MVA": "AA", "WPA": "EM"}
PRIOR = frozenset({"prior"})  # HL7 ex-relatedclaimrelationship: a prior instance for the same services

#: Categories of supporting information: CARIN C4BBSupportingInfoType and HL7 claiminformationcategory.
BILL_TYPES = frozenset({"typeofbill"})
DISCHARGE = frozenset({"discharge-status", "discharge"})
DRGS = frozenset({"drg"})
ADMISSION = frozenset({"admissionperiod", "hospitalized"})
RECEIVED = frozenset({"clmrecvddate"})
SITE = frozenset({"servicefacility"})
CATEGORIES = frozenset({_CARIN + "c4bbsupportinginfotype", _HL7 + "claiminformationcategory"})

#: PDex IdentifierTypeCS has `clia`; Blue Button carries the number of a line in an extension of this name.
CLIA_CODES = frozenset({_PDEX + "identifiertypecs"})
CLIA_EXTENSIONS = frozenset({"bluebutton.cms.gov/resources/variables/carr_line_clia_lab_num"})

# ---- people --------------------------------------------------------------------------------------------------------

_IN_GUIDES = {each: each for each in ("attending", "referring", "operating", "rendering")}
#: Role of a care team member → role in the claim, by system.
ROLES: Mapping[str, Mapping[str, str]] = {
    _HL7 + "claimcareteamrole": {
        "supervisor": "supervising",
        "attending": "attending",
        "referring": "referring",
        "operating": "operating",
        "rendering": "rendering",
    },
    _CARIN + "c4bbclaimcareteamrole": _IN_GUIDES,
    _PCT + "pctcareteamrole": _IN_GUIDES,
    # PAS: X12 element 98, the qualifiers of NM101
    "codesystem.x12.org/005010/98": {
        "82": "rendering",
        "DN": "referring",
        "DK": "ordering",
        "DQ": "supervising",
        "71": "attending",
        "72": "operating",
    },
}
#: Members of a care team that the model has no place for.
OTHER_ROLES = frozenset({"primary", "assist", "other", "otheroperating", "prescribing", "purchasedservice"})

#: FHIR AdministrativeGender → as X12 sends it; `other` has no such code.
SEX: Mapping[str, str] = {"male": "M", "female": "F", "unknown": "U"}
SELF = "18"  # the patient is the insured (837, SBR02)
PLAN = frozenset({"plan"})  # HL7 coverage-class
#: Position of a coverage (Claim.insurance.sequence) → payer responsibility (837, SBR01).
SEQUENCE: Mapping[int, str] = {1: "P", 2: "S", 3: "T"}
