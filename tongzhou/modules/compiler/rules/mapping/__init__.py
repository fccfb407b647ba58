"""Map a proposed duty to a first declaration in the form of a duty library.

``declaration`` puts it together; ``bearing`` says who owes it, ``phasing`` when it is in force,
``timing`` how often and by when, ``proving`` what is asked as evidence, ``naming`` how it is
called. All words are data in ``params/mapping.yaml``. Nothing is invented: titles and guides are
words of the source, and what the words leave open becomes a question for a person.
"""

from tongzhou.modules.compiler.rules.mapping.bearing import apart, default_groups
from tongzhou.modules.compiler.rules.mapping.declaration import Declaration, declare
from tongzhou.modules.compiler.rules.mapping.naming import duty_id, title_of
from tongzhou.modules.compiler.rules.mapping.quoting import widen

__all__ = ["Declaration", "apart", "declare", "default_groups", "duty_id", "title_of", "widen"]
