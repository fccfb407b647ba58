"""Read web pages and Word's HTML: what a browser shows of the document, without the site.

``page`` decodes and walks the markup, ``choice`` parts the document from the site around it.
"""

from tongzhou.modules.directives.rules.intake.web.page import read_web

__all__ = ["read_web"]
