"""Propose duties from a parsed document: sentences that oblige, forbid, permit or urge.

``parts`` cuts sentences and their parts, ``strength`` and ``bearers`` read a part's modal and
subject, ``roles`` says what each part does, ``units`` joins the parts again and cuts only where
strength or bearer changes, ``sieve`` tells headings, reports and definitions from duties,
``settings`` knows whom a document addresses, ``details`` finds time, phase, citations and proof.
All words are data in ``params/proposals.yaml``. A proposal is for a person to accept or change.
"""

from tongzhou.modules.directives.rules.proposals.propose import propose

__all__ = ["propose"]
