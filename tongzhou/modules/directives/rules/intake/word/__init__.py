"""Read Word's .docx as a reader sees it: numbers shown, deletions gone, fields filled in.

``package`` opens the archive safely, ``styles`` and ``numbering`` know what a paragraph inherits
and which number it has, ``inline`` reads the characters of a paragraph, ``body`` the paragraphs
and tables of the document.
"""

from tongzhou.modules.directives.rules.intake.word.body import read_flat_word, read_word

__all__ = ["read_flat_word", "read_word"]
