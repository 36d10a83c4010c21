"""Writing a stored cycle as a workbook that imports again and gives the same results."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from assessments.models import (
    Assessment,
    Block,
    Cycle,
    Evidence,
    Exemption,
    LedgerEntry,
    Score,
    UnitSuccession,
)
from criteria.models import CriteriaVersion
from criteria.queries import tree_of
from criteria.scoring.merging import COUNCIL_STAGES
from criteria.scoring.numbers import read_decimal
from criteria.scoring.ranking import RankBy, TieBreaker, Ties
from criteria.scoring.rollup import NoSurvey
from criteria.scoring.rules import RuleKind, format_declared
from criteria.scoring.tree import Source, Tree
from criteria.services import contents_of
from criteria.workbook.sheets import (
    CRITERIA,
    CRITERION_COLUMNS,
    SET_COLUMNS,
    SETS,
    SetBook,
    criterion_cells,
    set_cells,
)
from criteria.workbook.tables import Column
from par_index.results.workbook import sheets
from surveys.models import MeasuredResult
