"""The catalogue of fields that rules may use: name, type, unit, meaning, and where the value stands in each format.

The linker checks conditions against it, findings take their `where` from it, inline tests build claims by it and the
documentation is generated from it.
"""

from __future__ import annotations

from cpt_rules import days, derived
from cpt_rules.derived import Derive
from cpt_rules.reading import Field

#: One row a field: name | type (: its values) | meaning [unit] | stored fields it is read from, if not the one of its
#: name, the first that has a value wins | 837P | 837I | FHIR. X12 places are loop, segment*qualifier, element.
_TABLE = """
claim.type | text: professional, institutional | Professional (837P, CMS-1500) or institutional (837I, UB-04) |  | ST ST ST03 | ST ST ST03 | Claim.type
claim.frequency | text | Claim frequency code: 1 original, 7 replacement, 8 void (institutional: of the bill type) | claim.frequency, claim.bill_type | 2300 CLM CLM05-3 | 2300 CLM CLM05-3
claim.void | yes/no | Whether the claim is known to void another one (frequency 8); no where the feed does not tell | claim.frequency, claim.bill_type | 2300 CLM CLM05-3 | 2300 CLM CLM05-3
claim.original_reference | text | The payer's number of the claim that this one replaces or voids |  | 2300 REF*F8 REF02 | 2300 REF*F8 REF02 | Claim.related.claim (relationship prior)
claim.bill_type | bill type | Type of bill with its frequency, without the leading zero |  |  | 2300 CLM CLM05 | Claim.subType; Claim.supportingInfo.code (typeofbill)
claim.facility_type | text | The first two digits of the type of bill: 13 hospital outpatient, 14 non-patient specimen … | claim.bill_type |  | 2300 CLM CLM05-1
claim.ncci_setting | text: practitioner, hospital | Which NCCI tables concern the claim: practitioner for professional claims, hospital for outpatient bills (12x, 13x, 14x, 22x, 23x, 72x, 74x, 76x, 85x), none else | claim.bill_type
claim.charge | number | Total charge of the claim [US dollars] |  | 2300 CLM CLM02 | 2300 CLM CLM02 | Claim.total
claim.statement_from | date | First day of the statement |  |  | 2300 DTP*434 DTP03 | Claim.billablePeriod.start
claim.statement_to | date | Last day of the statement |  |  | 2300 DTP*434 DTP03 | Claim.billablePeriod.end
claim.admission_date | date | Day of admission |  | 2300 DTP*435 DTP03 | 2300 DTP*435 DTP03 | Claim.supportingInfo.timing[x] (admissionperiod)
claim.discharge_date | date | Day of discharge |  | 2300 DTP*096 DTP03 |  | Claim.supportingInfo.timingPeriod.end (admissionperiod)
claim.patient_status | text | Patient discharge status code |  |  | 2300 CL1 CL103 | Claim.supportingInfo.code (discharge-status)
claim.drg | text | Diagnosis related group |  |  | 2300 HI*DR HI01-2 | Claim.supportingInfo.code (drg); Claim.diagnosis.packageCode
claim.received_date | date | Day on which the payer received the claim, where the feed tells |  |  |  | Claim.supportingInfo.timingDate (clmrecvddate)
claim.accident | text | Related-causes code: AA auto accident, EM employment, OA other accident |  | 2300 CLM CLM11-1 |  | Claim.accident.type
claim.homebound | yes/no | Whether the homebound indicator is sent |  | 2300 CRC*75 CRC03
claim.conditions | list of text | Condition codes |  | 2300 HI*BG HI01-2 | 2300 HI*BG HI01-2 | Claim.supportingInfo.code (NUBC condition code)
claim.occurrences | list of text | Occurrence codes |  |  | 2300 HI*BH HI01-2 | Claim.supportingInfo.code (NUBC occurrence code)
claim.values | list of text | Value codes |  |  | 2300 HI*BE HI01-2 | Claim.supportingInfo.code (NUBC value code)
claim.procedures | list of text | Institutional procedure codes |  |  | 2300 HI*BBR HI01-2 | Claim.procedure.procedure[x]
claim.clia | text | CLIA number of the claim as a whole |  | 2300 REF*X4 REF02 |  | Claim.supportingInfo (clia); Claim.extension; identifier of Claim.facility or Claim.provider
claim.pos | pos | Place of service of the claim |  | 2300 CLM CLM05-1
claim.prior_authorization | text | Prior authorisation number |  | 2300 REF*G1 REF02 | 2300 REF*G1 REF02 | Claim.insurance.preAuthRef
claim.referral_number | text | Referral number |  | 2300 REF*9F REF02 | 2300 REF*9F REF02 | Claim.referral.identifier
claim.diagnoses | list of text | Every diagnosis code of the claim |  | 2300 HI*ABK HI01-2 | 2300 HI*ABK HI01-2 | Claim.diagnosis.diagnosis[x]
claim.icd10 | list of icd10cm | The claim's ICD-10 diagnosis codes | claim.diagnoses | 2300 HI*ABK HI01-2 | 2300 HI*ABK HI01-2 | Claim.diagnosis.diagnosis[x]
claim.bad_icd10 | list of icd10cm | ICD-10 codes of the claim that have not the shape of ICD-10-CM | claim.diagnoses | 2300 HI*ABK HI01-2 | 2300 HI*ABK HI01-2 | Claim.diagnosis.diagnosis[x]
claim.icd9 | list of icd9cm | The claim's ICD-9 diagnosis codes | claim.diagnoses | 2300 HI*BK HI01-2 | 2300 HI*BK HI01-2 | Claim.diagnosis.diagnosis[x]
claim.principal_diagnosis | text | The principal diagnosis code | claim.diagnoses | 2300 HI*ABK HI01-2 | 2300 HI*ABK HI01-2 | Claim.diagnosis.diagnosis[x]
claim.first_date | date | The earliest day of service on the claim | line.date, claim.statement_from | 2400 DTP*472 DTP03 | 2400 DTP*472 DTP03
claim.last_date | date | The latest day of service on the claim | line.date_to, line.date, claim.statement_from | 2400 DTP*472 DTP03 | 2400 DTP*472 DTP03
claim.icd_date | date | The day that decides between ICD-9 and ICD-10: the first day of service; inpatient: discharge, else the last day of the statement, else of service | claim.bill_type, claim.discharge_date, claim.statement_to, line.date, claim.statement_from, line.date_to | 2400 DTP*472 DTP03 | 2300 DTP*434 DTP03
claim.line_charges | number | The sum of the line charges [US dollars] | line.charge | 2400 SV1 SV102 | 2400 SV2 SV203
claim.clia_numbers | list of text | The CLIA numbers of the claim and its lines, each once | claim.clia, line.clia | 2300 REF*X4 REF02
claim.further_clia_numbers | list of text | The CLIA numbers of the claim and its lines that differ from the first one | line.clia, claim.clia | 2300 REF*X4 REF02
claim.codes | list of hcpcs | The procedure codes of all lines | line.code | 2400 SV1 SV101-2 | 2400 SV2 SV202-2
claim.modifiers | list of modifier | The modifiers of all lines | line.modifiers | 2400 SV1 SV101-3 | 2400 SV2 SV202-3
claim.npis | list of text | The NPIs of the providers of the claim and its lines, each once | billing.npi, rendering.npi, referring.npi, ordering.npi, supervising.npi, attending.npi, operating.npi, service_facility.npi, line.rendering.npi, line.ordering.npi, line.referring.npi, line.service_facility.npi
claim.bad_npis | list of text | NPIs of the claim that have not ten digits, or a wrong check digit | billing.npi, rendering.npi, referring.npi, ordering.npi, supervising.npi, attending.npi, operating.npi, service_facility.npi, line.rendering.npi, line.ordering.npi, line.referring.npi, line.service_facility.npi
claim.taxonomies | list of text | The taxonomy codes of the claim and its lines | billing.taxonomy, rendering.taxonomy, attending.taxonomy, line.rendering.taxonomy
claim.bad_taxonomies | list of text | Taxonomy codes of the claim that are not nine characters and X | billing.taxonomy, rendering.taxonomy, attending.taxonomy, line.rendering.taxonomy
claim.filed | date | The day the payer received the claim, else today (`run.as_of`) | claim.received_date
claim.filing_year_end | date | One calendar year after the day of service (professional: the first; institutional: the last of the statement) | line.date, claim.statement_to, line.date_to, claim.statement_from
payer.id | text | The payer's identifier as sent |  | 2010BB NM1*PR NM109 | 2010BB NM1*PR NM109 | Organization.identifier of Claim.insurer
payer.name | text | The payer's name as sent |  | 2010BB NM1*PR NM103 | 2010BB NM1*PR NM103 | Organization.name of Claim.insurer
payer.filing | text | Claim filing indicator code |  | 2000B SBR SBR09 | 2000B SBR SBR09
payer.state | state | The state whose plan or contractor this payer is |  | 2010BB N4 N402 | 2010BB N4 N402 | Organization.address.state of Claim.insurer
payer.sequence | text | Payer responsibility: P primary, S secondary, T tertiary … |  | 2000B SBR SBR01 | 2000B SBR SBR01 | Claim.insurance.sequence
subscriber.id | text | Member identifier of the insured |  | 2010BA NM1*IL NM109 | 2010BA NM1*IL NM109 | Coverage.subscriberId
subscriber.relationship | text | Relationship of the patient to the insured |  | 2000B SBR SBR02 | 2000B SBR SBR02 | Coverage.relationship
patient.id | text | Identifier of the patient |  | 2010BA NM1*IL NM109 | 2010BA NM1*IL NM109 | Patient.identifier (member number); Coverage.subscriberId of the insured
patient.birth_date | date | Birth date of the patient |  | 2010BA DMG DMG02 | 2010BA DMG DMG02 | Patient.birthDate
patient.sex | text | Sex of the patient as sent: F, M, U |  | 2010BA DMG DMG03 | 2010BA DMG DMG03 | Patient.gender
patient.death_date | date | Day of death of the patient |  | 2000B PAT PAT06 |  | Patient.deceasedDateTime
billing.npi | npi | NPI of the billing provider |  | 2010AA NM1*85 NM109 | 2010AA NM1*85 NM109 | Claim.provider, identifier
billing.entity | text: person, organisation | Whether the billing provider is a person or an organisation |  | 2010AA NM1*85 NM102 | 2010AA NM1*85 NM102 | Claim.provider, type of resource
billing.taxonomy | taxonomy | Taxonomy code of the billing provider |  | 2000A PRV*BI PRV03 | 2000A PRV*BI PRV03 | Claim.provider, taxonomy
billing.state | state | State in the address of the billing provider |  | 2010AA N4 N402 | 2010AA N4 N402 | Claim.provider, address.state
rendering.npi | npi | NPI of the provider who performed the service |  | 2310B NM1*82 NM109 | 2310D NM1*82 NM109 | Claim.careTeam.provider (rendering), identifier
rendering.entity | text: person, organisation | Whether the provider who performed the service is a person or an organisation |  | 2310B NM1*82 NM102 | 2310D NM1*82 NM102 | Claim.careTeam.provider (rendering), type of resource
rendering.taxonomy | taxonomy | Taxonomy code of the provider who performed the service |  | 2310B PRV*PE PRV03 |  | Claim.careTeam.provider (rendering), taxonomy
referring.npi | npi | NPI of the provider who referred the patient |  | 2310A NM1*DN NM109 | 2310F NM1*DN NM109 | Claim.careTeam.provider (referring), identifier
referring.entity | text: person, organisation | Whether the provider who referred the patient is a person or an organisation |  | 2310A NM1*DN NM102 | 2310F NM1*DN NM102 | Claim.careTeam.provider (referring), type of resource
referring.taxonomy | taxonomy | Taxonomy code of the provider who referred the patient |  |  |  | Claim.careTeam.provider (referring), taxonomy
ordering.npi | npi | NPI of the provider who ordered the service, where the claim as a whole has one |  |  |  | Claim.careTeam.provider (DK), identifier
ordering.entity | text: person, organisation | Whether the provider who ordered the service, where the claim as a whole has one is a person or an organisation |  |  |  | Claim.careTeam.provider (DK), type of resource
ordering.taxonomy | taxonomy | Taxonomy code of the provider who ordered the service, where the claim as a whole has one |  |  |  | Claim.careTeam.provider (DK), taxonomy
supervising.npi | npi | NPI of the supervising provider |  | 2310D NM1*DQ NM109 |  | Claim.careTeam.provider (supervisor), identifier
supervising.entity | text: person, organisation | Whether the supervising provider is a person or an organisation |  | 2310D NM1*DQ NM102 |  | Claim.careTeam.provider (supervisor), type of resource
supervising.taxonomy | taxonomy | Taxonomy code of the supervising provider |  |  |  | Claim.careTeam.provider (supervisor), taxonomy
attending.npi | npi | NPI of the attending provider of an institutional claim |  |  | 2310A NM1*71 NM109 | Claim.careTeam.provider (attending), identifier
attending.entity | text: person, organisation | Whether the attending provider of an institutional claim is a person or an organisation |  |  | 2310A NM1*71 NM102 | Claim.careTeam.provider (attending), type of resource
attending.taxonomy | taxonomy | Taxonomy code of the attending provider of an institutional claim |  |  | 2310A PRV*AT PRV03 | Claim.careTeam.provider (attending), taxonomy
operating.npi | npi | NPI of the operating physician of an institutional claim |  |  | 2310B NM1*72 NM109 | Claim.careTeam.provider (operating), identifier
operating.entity | text: person, organisation | Whether the operating physician of an institutional claim is a person or an organisation |  |  | 2310B NM1*72 NM102 | Claim.careTeam.provider (operating), type of resource
operating.taxonomy | taxonomy | Taxonomy code of the operating physician of an institutional claim |  |  |  | Claim.careTeam.provider (operating), taxonomy
service_facility.npi | npi | NPI of where the service was performed, if not at the billing provider |  | 2310C NM1*77 NM109 | 2310E NM1*77 NM109 | Claim.facility, identifier
service_facility.entity | text: person, organisation | Whether where the service was performed, if not at the billing provider is a person or an organisation |  | 2310C NM1*77 NM102 | 2310E NM1*77 NM102 | Claim.facility, type of resource
service_facility.taxonomy | taxonomy | Taxonomy code of where the service was performed, if not at the billing provider |  |  |  | Claim.facility, taxonomy
service_facility.state | state | State in the address of where the service was performed, if not at the billing provider |  | 2310C N4 N402 | 2310E N4 N402 | Claim.facility, address.state
line.rendering.npi | npi | NPI of the provider who performed the service: the line's, else the claim's | line.rendering.npi, rendering.npi | 2420A NM1*82 NM109 | 2420C NM1*82 NM109 | Claim.careTeam.provider (rendering) by Claim.item.careTeamSequence, identifier
line.rendering.entity | text: person, organisation | Whether the provider who performed the service is a person or an organisation: the line's, else the claim's | line.rendering.entity, rendering.entity | 2420A NM1*82 NM102 | 2420C NM1*82 NM102 | Claim.careTeam.provider (rendering) by Claim.item.careTeamSequence, type of resource
line.rendering.taxonomy | taxonomy | Taxonomy code of the provider who performed the service: the line's, else the claim's | line.rendering.taxonomy, rendering.taxonomy | 2420A PRV*PE PRV03 |  | Claim.careTeam.provider (rendering) by Claim.item.careTeamSequence, taxonomy
line.ordering.npi | npi | NPI of the provider who ordered the service: the line's, else the claim's | line.ordering.npi, ordering.npi | 2420E NM1*DK NM109 |  | Claim.careTeam.provider (DK) by Claim.item.careTeamSequence, identifier
line.ordering.entity | text: person, organisation | Whether the provider who ordered the service is a person or an organisation: the line's, else the claim's | line.ordering.entity, ordering.entity | 2420E NM1*DK NM102 |  | Claim.careTeam.provider (DK) by Claim.item.careTeamSequence, type of resource
line.referring.npi | npi | NPI of the provider who referred the patient: the line's, else the claim's | line.referring.npi, referring.npi | 2420F NM1*DN NM109 | 2420D NM1*DN NM109 | Claim.careTeam.provider (referring) by Claim.item.careTeamSequence, identifier
line.referring.entity | text: person, organisation | Whether the provider who referred the patient is a person or an organisation: the line's, else the claim's | line.referring.entity, referring.entity | 2420F NM1*DN NM102 | 2420D NM1*DN NM102 | Claim.careTeam.provider (referring) by Claim.item.careTeamSequence, type of resource
line.service_facility.npi | npi | NPI of where the service was performed, if not at the billing provider: the line's, else the claim's | line.service_facility.npi, service_facility.npi | 2420C NM1*77 NM109 |  | Claim.item.locationReference, identifier
line.service_facility.entity | text: person, organisation | Whether where the service was performed, if not at the billing provider is a person or an organisation: the line's, else the claim's | line.service_facility.entity, service_facility.entity | 2420C NM1*77 NM102 |  | Claim.item.locationReference, type of resource
line.number | number | Number of the line, from 1 |  | 2400 LX LX01 | 2400 LX LX01 | Claim.item.sequence
line.id | text | The submitter's own identifier of the line |  | 2400 REF*6R REF02 | 2400 REF*6R REF02
line.code | hcpcs | Procedure code (CPT or HCPCS) |  | 2400 SV1 SV101-2 | 2400 SV2 SV202-2 | Claim.item.productOrService
line.code_type | text | Qualifier of the procedure code: HC for CPT and HCPCS |  | 2400 SV1 SV101-1 | 2400 SV2 SV202-1 | Claim.item.productOrService, its system
line.modifiers | list of modifier | The line's modifiers in their order |  | 2400 SV1 SV101-3 | 2400 SV2 SV202-3 | Claim.item.modifier
line.first_modifier | modifier | The modifier in the first position | line.modifiers | 2400 SV1 SV101-3 | 2400 SV2 SV202-3
line.modifier_count | number | How many modifiers the line has | line.modifiers | 2400 SV1 SV101-3 | 2400 SV2 SV202-3
line.repeated_modifiers | list of modifier | Modifiers that stand more than once on the line | line.modifiers | 2400 SV1 SV101-3 | 2400 SV2 SV202-3
line.bad_modifiers | list of modifier | Modifiers of the line that are not two capital letters or digits | line.modifiers | 2400 SV1 SV101-3 | 2400 SV2 SV202-3
line.units | number | Quantity of the service [`line.unit_type`] |  | 2400 SV1 SV104 | 2400 SV2 SV205 | Claim.item.quantity.value
line.unit_type | text | What the quantity counts: UN service units, MJ minutes, DA days |  | 2400 SV1 SV103 | 2400 SV2 SV204 | Claim.item.quantity.code
line.charge | number | Charge of the line [US dollars] |  | 2400 SV1 SV102 | 2400 SV2 SV203 | Claim.item.net; unitPrice × quantity × factor
line.date | date | Day of service: the line's, else the first day of the statement | line.date, claim.statement_from | 2400 DTP*472 DTP03 | 2400 DTP*472 DTP03 | Claim.item.serviced[x]; Claim.billablePeriod of one day
line.date_to | date | Last day of service, where the line has a range |  | 2400 DTP*472 DTP03 | 2400 DTP*472 DTP03 | Claim.item.servicedPeriod.end
line.pos | pos | Place of service: the line's, else the claim's | line.pos, claim.pos | 2400 SV1 SV105 |  | Claim.item.locationCodeableConcept; Location.type of Claim.item.locationReference
line.clia | text | CLIA number: the line's, else the claim's | line.clia, claim.clia | 2400 REF*X4 REF02 |  | Claim.item.extension; Claim.supportingInfo (clia) by Claim.item.informationSequence
line.referring_clia | text | Second CLIA number of a referred test (REF*F4); whose it is depends on the payer |  | 2400 REF*F4 REF02
line.diagnosis_pointers | list of number | Which of the claim's diagnoses the line rests on, from 1 |  | 2400 SV1 SV107-1 |  | Claim.item.diagnosisSequence
line.bad_pointers | list of number | Diagnosis pointers that point at no diagnosis of the claim | line.diagnosis_pointers, claim.diagnoses | 2400 SV1 SV107-1
line.icd10 | list of icd10cm | The ICD-10 codes the line points at (institutional: principal and other diagnoses) | line.diagnosis_pointers, claim.diagnoses | 2400 SV1 SV107-1
line.icd9 | list of icd9cm | The ICD-9 codes the line points at (institutional: principal and other diagnoses) | line.diagnosis_pointers, claim.diagnoses | 2400 SV1 SV107-1
line.description | text | Description of an unlisted service, or a test identifier |  | 2400 SV1 SV101-7 | 2400 SV2 SV202-7
line.revenue_code | revenue code | Revenue code |  |  | 2400 SV2 SV201 | Claim.item.revenue
line.ndc | text | National drug code |  | 2410 LIN*N4 LIN03 | 2410 LIN*N4 LIN03 | Claim.item.productOrService (NDC)
line.purchased | text | Identifier of the provider from whom the service was purchased |  | 2400 PS1 PS101
line.provider | npi | Whose service it is: the rendering NPI, else the billing NPI (institutional: the billing NPI) | line.rendering.npi, rendering.npi, billing.npi
day.code | hcpcs | The code of the lines of one code, day and provider | line.code | 2400 SV1 SV101-2 | 2400 SV2 SV202-2
day.units | number | Service units (UN) of all lines of one code, day and provider [service units] | line.units, line.unit_type, line.code, line.date, claim.statement_from, line.rendering.npi, rendering.npi, billing.npi | 2400 SV1 SV104 | 2400 SV2 SV205
day.lines | number | How many lines there are of one code, day and provider | line.code, line.date, claim.statement_from, line.rendering.npi, rendering.npi, billing.npi | 2400 LX LX01 | 2400 LX LX01
day.modifiers | list of modifier | The modifiers of all lines of one code, day and provider | line.modifiers, line.code, line.date, claim.statement_from, line.rendering.npi, rendering.npi, billing.npi | 2400 SV1 SV101-3 | 2400 SV2 SV202-3
day.codes | list of hcpcs | All codes of this line's day and provider | line.code, line.date, claim.statement_from, line.rendering.npi, rendering.npi, billing.npi
run.as_of | date | The day called today
claim.payer | text | The payer document that recognises this payer; unknown where none does, several disagree, or its line of business is another | payer.id, payer.name, payer.filing
payer.line_of_business | text: medicare-ffs, medicare-advantage, medicaid, commercial, tricare, workers-comp, auto | Line of business: the claim's, else the payer document's or the filing indicator's, else unknown
payer.plan | text | Plan of the payer: the claim's, else the one the payer document recognises |  |  |  | Coverage.class (plan)
"""

#: What a claim stores beside that, in the same form: no rule names it by itself.
_BESIDE = """
claim.id | text | The submitter's identifier of the claim; it need not be unique |  | 2300 CLM CLM01 | 2300 CLM CLM01 | Claim.identifier; Claim.id
claim.diagnoses.system | text: icd10, icd9 | Which ICD the diagnosis code belongs to |  | 2300 HI*ABK HI01-1 | 2300 HI*ABK HI01-1 | Claim.diagnosis.diagnosis[x], its system
claim.diagnoses.role | text: principal, other, admitting, reason, external-cause | What the diagnosis is to the claim |  | 2300 HI*ABK HI01-1 | 2300 HI*ABK HI01-1 | Claim.diagnosis.type
claim.diagnoses.poa | text | Present-on-admission indicator of the diagnosis |  |  | 2300 HI*ABK HI01-9 | Claim.diagnosis.onAdmission
claim.occurrences.date | date | Day of the occurrence, or the first of its span |  |  | 2300 HI*BH HI01-4 | Claim.supportingInfo.timing[x]
claim.occurrences.date_to | date | Last day of the span |  |  | 2300 HI*BI HI01-4 | Claim.supportingInfo.timingPeriod.end
claim.values.amount | number | Amount of the value code [US dollars] |  |  | 2300 HI*BE HI01-5 | Claim.supportingInfo.valueQuantity
claim.procedures.date | date | Day of the institutional procedure |  |  | 2300 HI*BBR HI01-4 | Claim.procedure.date
rendering.state | state | State in the address of the provider who performed the service |  |  |  | Claim.careTeam.provider (rendering), address.state
referring.state | state | State in the address of the provider who referred the patient |  |  |  | Claim.careTeam.provider (referring), address.state
ordering.state | state | State in the address of the provider who ordered the service |  |  |  | Claim.careTeam.provider (DK), address.state
supervising.state | state | State in the address of the supervising provider |  |  |  | Claim.careTeam.provider (supervisor), address.state
attending.state | state | State in the address of the attending provider |  |  |  | Claim.careTeam.provider (attending), address.state
operating.state | state | State in the address of the operating physician |  |  |  | Claim.careTeam.provider (operating), address.state
line.rendering.state | state | State in the address of the line's own provider who performed the service |  |  |  | Claim.careTeam.provider (rendering) by Claim.item.careTeamSequence, address.state
line.ordering.state | state | State in the address of the line's own provider who ordered the service |  |  |  | Claim.careTeam.provider (DK) by Claim.item.careTeamSequence, address.state
line.referring.state | state | State in the address of the line's own provider who referred the patient |  |  |  | Claim.careTeam.provider (referring) by Claim.item.careTeamSequence, address.state
line.ordering.taxonomy | taxonomy | Taxonomy code of the line's own provider who ordered the service |  |  |  | Claim.careTeam.provider (DK) by Claim.item.careTeamSequence, taxonomy
line.referring.taxonomy | taxonomy | Taxonomy code of the line's own provider who referred the patient |  |  |  | Claim.careTeam.provider (referring) by Claim.item.careTeamSequence, taxonomy
line.service_facility.taxonomy | taxonomy | Taxonomy code of where this service was performed |  |  |  | Claim.item.locationReference, taxonomy
line.service_facility.state | state | State in the address of where this service was performed |  | 2420C N4 N402 |  | Claim.item.locationReference, address.state
"""

_DERIVED: dict[str, Derive] = {
    "claim.frequency": derived.bill_frequency,
    "claim.void": derived.void,
    "claim.facility_type": derived.facility_type,
    "claim.occurrences": derived.codes_of("occurrences"),
    "claim.values": derived.codes_of("values"),
    "claim.procedures": derived.codes_of("procedures"),
    "claim.diagnoses": derived.diagnoses(None),
    "claim.icd10": derived.diagnoses("icd10"),
    "claim.icd9": derived.diagnoses("icd9"),
    "claim.principal_diagnosis": derived.principal,
    "claim.first_date": derived.first_date,
    "claim.last_date": derived.last_date,
    "claim.icd_date": derived.icd_date,
    "claim.line_charges": derived.line_charges,
    "claim.clia_numbers": derived.clia_numbers,
    "claim.further_clia_numbers": derived.further_clia_numbers,
    "claim.codes": derived.claim_codes,
    "claim.modifiers": derived.claim_modifiers,
    "claim.npis": derived.claim_npis,
    "claim.taxonomies": derived.taxonomies,
    "claim.bad_npis": derived.misshapen(derived.claim_npis, "npi"),
    "claim.bad_taxonomies": derived.misshapen(derived.taxonomies, "taxonomy"),
    "claim.bad_icd10": derived.misshapen(derived.diagnoses("icd10"), "icd10cm"),
    "claim.filed": derived.filed,
    "claim.filing_year_end": derived.filing_end,
    "line.first_modifier": derived.first_modifier,
    "line.modifier_count": derived.modifier_count,
    "line.repeated_modifiers": derived.repeated_modifiers,
    "line.bad_modifiers": derived.misshapen(derived.modifiers, "modifier"),
    "line.bad_pointers": derived.bad_pointers,
    "line.icd10": derived.line_diagnoses("icd10"),
    "line.icd9": derived.line_diagnoses("icd9"),
    "line.provider": derived.provider,
    "day.codes": derived.day_codes,
    "day.code": days.day_code,
    "day.units": days.day_units,
    "day.lines": days.day_lines,
    "day.modifiers": days.day_modifiers,
    "claim.ncci_setting": derived.ncci_setting,
    "run.as_of": derived.as_of,
}

#: Fields whose reading comes from the payer documents of the ruleset, not from the claim alone.
RESOLVED_FIELDS = frozenset({"claim.payer", "payer.line_of_business", "payer.plan"})


def _field(row: str) -> Field:
    cells = [cell.strip() for cell in row.split("|")]
    name, kind, meaning, reads, x12p, x12i, fhir = cells + [""] * (7 - len(cells))
    kind, _, choices = kind.partition(": ")
    meaning, _, unit = meaning.partition(" [")
    many = kind.startswith("list of ")
    if reads:
        paths = tuple(reads.split(", "))
    else:
        paths = () if name == "run.as_of" else (name,)
    return Field(
        name=name,
        type=kind.removeprefix("list of "),
        meaning=meaning,
        paths=paths,
        many=many,
        binding="line" if name.startswith(("line.", "day.")) else "claim",
        unit=unit.removesuffix("]"),
        choices=tuple(choices.split(", ")) if choices else (),
        x12p=x12p,
        x12i=x12i,
        fhir=fhir,
        derive=_DERIVED.get(name),
    )


FIELDS: dict[str, Field] = {field.name: field for field in map(_field, _TABLE.strip().splitlines())}

#: What a claim stores and no rule names by itself; `claim.diagnoses.poa` is a part of each diagnosis.
BESIDE: dict[str, Field] = {field.name: field for field in map(_field, _BESIDE.strip().splitlines())}

#: Every stored field: what `Claim.unknown` may name and what a flat file's column may fill.
STORED_FIELDS: frozenset[str] = frozenset(path for field in FIELDS.values() for path in field.paths)
