"""Pages of the insight module."""

from tongzhou.modules.insight.pages.desk import desk
from tongzhou.modules.insight.pages.figures import export_figures, show_figures
from tongzhou.modules.insight.pages.follow import export_follow, show_follow
from tongzhou.modules.insight.pages.obligations import (
    export_obligations,
    list_obligations,
)
from tongzhou.modules.insight.pages.public import show_guide, show_public

__all__ = [
    "desk",
    "export_figures",
    "export_follow",
    "export_obligations",
    "list_obligations",
    "show_figures",
    "show_follow",
    "show_guide",
    "show_public",
]
