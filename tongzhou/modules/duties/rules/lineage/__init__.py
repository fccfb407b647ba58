"""What versions of a duty do to its windows: which text rules where and when, and what stays.

A duty lives on under its root. At a moment one upper text of it is in force (the first version or
one that continues it); inside the scope of a supplement that is in force, the version that refines
it rules instead, the narrowest scope winning, as long as it is no looser than what it refines.
A duty holds at a place while the text that rules there reaches the place and its phase. An unbroken
stretch of holding, through as many versions as it takes, is a *run*; periods and due times are
counted from its start, so nothing that was done is undone by an amendment, and

- a one-off duty keeps the name of its period; a deadline that a new text shortens or introduces
  runs anew from the amendment, unless the earlier one comes first;
- a period of a recurring duty is ruled by the text in force at its end, and is due by the most
  generous deadline among the texts in force while it ran;
- a bearer whom only the newer text binds is counted from that text on;
- a name that a shorter period has used is not used again when the rhythm becomes slower.

The decisions are in docs/adr/0011-versions-of-a-duty.md.
"""

from tongzhou.modules.duties.rules.lineage.ground import lineage_windows
from tongzhou.modules.duties.rules.lineage.terms import Lineage, Term

__all__ = ["Lineage", "Term", "lineage_windows"]
