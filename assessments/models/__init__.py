"""Units, cycles, self-assessments, evidence and the ledger of every leaf's score."""

from assessments.models.assessment import (
    Assessment,
    AssessmentGroupPermission,
    AssessmentUserPermission,
    Exemption,
    Score,
    StatusChange,
)
from assessments.models.cycle import Block, Cycle, CycleGroupPermission, CycleUserPermission, Step
from assessments.models.evidence import Evidence, EvidenceFile, EvidenceLink
from assessments.models.ledger import LedgerEntry
from assessments.models.unit import Unit, UnitGroupPermission, UnitSuccession, UnitUserPermission

__all__ = [
    "Assessment",
    "AssessmentGroupPermission",
    "AssessmentUserPermission",
    "Block",
    "Cycle",
    "CycleGroupPermission",
    "CycleUserPermission",
    "Evidence",
    "EvidenceFile",
    "EvidenceLink",
    "Exemption",
    "LedgerEntry",
    "Score",
    "StatusChange",
    "Step",
    "Unit",
    "UnitGroupPermission",
    "UnitSuccession",
    "UnitUserPermission",
]
