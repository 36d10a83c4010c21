"""Reading sheets. Every view of one starts at a permission queryset and takes a fixed number of queries."""

from assessments.queries.missing import Missing, completeness, missing
from assessments.queries.sheet import Area, Group, Leaf, Sheet, read_sheet

__all__ = ["Area", "Group", "Leaf", "Missing", "Sheet", "completeness", "missing", "read_sheet"]
