"""Figures and the lists behind them: how they are counted, and how they are read."""

from tongzhou.modules.duties.queries.counting import (
    FigureRow,
    figures,
    list_series,
    total,
    windows_of,
)
from tongzhou.modules.duties.queries.obligations import ORDERS, ObligationList, ObligationRow
from tongzhou.modules.duties.queries.selection import (
    MEASURES,
    Breakdown,
    Figure,
    Measure,
    Selection,
    Tree,
    narrowed,
)

__all__ = [
    "MEASURES",
    "ORDERS",
    "Breakdown",
    "Figure",
    "FigureRow",
    "Measure",
    "ObligationList",
    "ObligationRow",
    "Selection",
    "Tree",
    "figures",
    "list_series",
    "narrowed",
    "total",
    "windows_of",
]
