"""Types of the duties module: what a duty library says and what the rules answer.

The codes here are the vocabulary of a library. Attributes, forms and organs are facts of the
register, phases belong to the response; both are repeated here as codes with labels so that the
rules can explain themselves without a database. A test keeps them equal to their origin.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tongzhou.base.period import Deadline, Recurrence
from tongzhou.base.strength import Strength

__all__ = ["Deadline", "Recurrence", "Strength"]  # re-exported; all else is defined here


@dataclass(frozen=True, slots=True)
class Text:
    """A short text in Chinese and English; ``en`` is empty where nobody has translated it."""

    zh: str
    en: str = ""

    @property
    def english(self) -> str:
        """Return the English text, the Chinese one where there is none."""
        return self.en or self.zh

    def of(self, language: str) -> str:
        """Return the text for a language code such as ``zh-hans`` or ``en``; Chinese by default."""
        return self.english if language.lower().startswith("en") else self.zh


class Relation(StrEnum):
    """How a version of a duty stands to those before it.

    NEW: the first one. CONTINUES: the text that follows another, as in an amended directive.
    REFINES: a supplement's, which rules inside the supplement's scope.
    """

    NEW = "NEW"
    CONTINUES = "CONTINUES"
    REFINES = "REFINES"


class Link(StrEnum):
    """By which link of the register a directive reaches an organisation."""

    REGISTRATION = "REGISTRATION"
    TERRITORY = "TERRITORY"


class BearerKind(StrEnum):
    """Whether social organisations or registration authorities owe a duty."""

    ORGANISATION = "ORGANISATION"
    AUTHORITY = "AUTHORITY"


class EvidenceKind(StrEnum):
    """What discharges a duty.

    REPORT: a form, perhaps with files. ZERO_REPORT: a form whose zero must be stated; silence is
    not zero. STATEMENT: a confirmation, perhaps with a field or two. NONE: no evidence wanted; the
    duty is shown as guidance and never counted.
    """

    REPORT = "REPORT"
    ZERO_REPORT = "ZERO_REPORT"
    STATEMENT = "STATEMENT"
    NONE = "NONE"


class FieldType(StrEnum):
    """Kinds of form field; ``number`` is a whole number."""

    TEXT = "text"
    LONGTEXT = "longtext"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    YESNO = "yesno"


class Basis(StrEnum):
    """Where recurrence and deadline come from: the clause's own words, or administration."""

    CLAUSE = "clause"
    SETTING = "setting"


FORMS: Mapping[str, Text] = {
    "ASSOCIATION": Text("社会团体", "association"),
    "INSTITUTION": Text("社会服务机构", "service institution"),
    "FOUNDATION": Text("基金会", "foundation"),
    "GROUP": Text("备案社区社会组织", "filed community group"),
    "AUTHORITY": Text("登记管理机关", "registration authority"),
}

ATTRIBUTES: Mapping[str, Text] = {
    "TRADE_ASSOCIATION": Text("行业协会商会", "trade association or chamber"),
    "OUT_OF_TOWN_CHAMBER": Text("异地商会", "out-of-town chamber"),
    "CHARITY": Text("慈善组织", "charity"),
    "PUBLIC_FUNDRAISING": Text("公开募捐资格", "public-fundraising licence"),
    "PUBLIC_BENEFIT": Text("公益慈善类", "public-benefit organisation"),
    "VOLUNTEER": Text("志愿服务组织", "volunteer organisation"),
    "HUB": Text("枢纽型社会组织", "hub organisation"),
    "COMMUNITY": Text("社区社会组织", "community organisation"),
    "ONLINE": Text("网络社会组织", "online organisation"),
    "ACADEMIC": Text("学术类社会组织", "academic organisation"),
    "SCIENCE_TECH": Text("科技类社会组织", "science and technology organisation"),
    "PROFESSIONAL": Text("专业性社会组织", "professional organisation"),
    "MEDICAL": Text("民办非营利性医疗机构", "non-profit medical institution"),
    "ELDERLY_CARE": Text("民办非营利性养老机构", "non-profit elderly-care institution"),
    "EDUCATION": Text("民办非营利性教育机构", "non-profit education institution"),
    "SOCIAL_WORK": Text("社会工作机构", "social-work institution"),
    "RESCUE": Text("社会应急力量", "civil rescue force"),
    "CHILDCARE": Text("托育机构", "childcare institution"),
    "TRAINING": Text("校外培训机构", "out-of-school training institution"),
    "DECOUPLED": Text("已脱钩的行业协会商会", "decoupled trade association"),
    "DIRECT": Text("直接登记的社会组织", "directly registered organisation"),
}

ORGANS: Mapping[str, Text] = {
    "PARTY_ORG": Text("党组织", "Party organisation"),
    "SECRETARIAT": Text("秘书处", "secretariat"),
    "SUPERVISORY_BOARD": Text("监事会（监事）", "supervisory board"),
    "LEGAL_REP": Text("法定代表人", "legal representative"),
}

LEVELS: Mapping[str, Text] = {
    "MINISTRY": Text("民政部", "ministry"),
    "PROVINCE": Text("省级", "province level"),
    "CITY": Text("市级", "city level"),
    "COUNTY": Text("县级", "county level"),
}

#: In the order of the response's bit mask.
PHASES: Mapping[str, Text] = {
    "LEVEL_1": Text("一级响应", "response level I"),
    "LEVEL_2": Text("二级响应", "response level II"),
    "LEVEL_3": Text("三级响应", "response level III"),
    "LEVEL_4": Text("四级响应", "response level IV"),
    "NORMALISED": Text("常态化防控", "normalised control"),
    "ENDED": Text("响应终止", "response ended"),
}


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose organisations a directive binds: a region subtree, and by which link."""

    region: int
    by: Link


@dataclass(frozen=True, slots=True)
class Place:
    """Narrow a duty inside the scope; both empty means wherever the scope reaches.

    Region ids stand for their subtrees. ``exclude`` wins over ``include``.
    """

    include: tuple[int, ...] = ()
    exclude: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupSpec:
    """One of the directive's own groups, mapped to facts of the register.

    An organisation belongs to it if it has one of ``any_of`` or is registered in one of ``forms``.
    A ``residual`` group takes those in none of the ``named`` groups of the same directive; a group
    that is not ``named`` only narrows one (a licensed charity) and does not count for that.
    """

    code: str
    label: Text
    clause: str
    any_of: frozenset[str] = frozenset()
    forms: frozenset[str] = frozenset()
    residual: bool = False
    named: bool = True


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who owes a duty.

    For an ORGANISATION: all, or the union of ``groups``; ``organ`` of it, or the organisation as a
    whole; only those that lack every attribute in ``without``. For an AUTHORITY: ``levels``, empty
    for all.
    """

    kind: BearerKind
    groups: tuple[str, ...] = ()
    organ: str | None = None
    levels: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer of a choice field."""

    value: str
    label: Text


@dataclass(frozen=True, slots=True)
class Condition:
    """Ask a field only if an earlier one was answered so: ``equals`` a value or ``above`` one."""

    field: str
    equals: str | bool | None = None
    above: int | None = None


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field of an evidence form.

    ``max`` is the longest text in characters, or the largest number; ``min`` the smallest number.
    ``when`` hides the field unless its condition holds; a hidden field is neither asked nor kept.
    """

    name: str
    type: FieldType
    label: Text
    required: bool = False
    min: int | None = None
    max: int | None = None
    choices: tuple[Choice, ...] = ()
    when: Condition | None = None
    help: Text | None = None


@dataclass(frozen=True, slots=True)
class EvidenceSpec:
    """The evidence that discharges a duty: its kind, its fields, and how many files."""

    kind: EvidenceKind
    fields: tuple[FieldSpec, ...] = ()
    files_min: int = 0
    files_max: int = 0

    @property
    def is_wanted(self) -> bool:
        """Tell whether the duty is counted at all."""
        return self.kind is not EvidenceKind.NONE


@dataclass(frozen=True, slots=True)
class DutySpec:
    """One duty of a library, drawn from the words ``quote`` of one clause.

    ``deadline_basis`` says where recurrence and deadline come from; ``phase_words`` are the
    clause's own words that limit it to a phase; ``cites`` another document it must comply with.
    ``minutes`` is the work of reporting on it once. ``continues`` or ``refines`` is the urn of an
    earlier duty that this one follows, or of an upper one that it makes stricter.
    """

    id: str
    urn: str
    clause: str
    quote: str
    title: Text
    guide: Text
    strength: Strength
    bearer: Bearer
    phases: tuple[str, ...]
    evidence: EvidenceSpec
    recurrence: Recurrence = Recurrence.ONCE
    deadline: Deadline | None = None
    deadline_basis: Basis = Basis.SETTING
    place: Place = Place()
    phase_words: str = ""
    cites: str = ""
    minutes: int = 0
    continues: str = ""
    refines: str = ""


@dataclass(frozen=True, slots=True)
class DutyLibrary:
    """All duties drawn from one expression of a directive.

    ``digest`` is the SHA-256 of the content; ``body`` the same content as plain data, fit for JSON,
    from which ``rules.library.parse_library`` builds the library again.
    """

    name: str
    expression: str
    version: int
    scope: Scope
    groups: Mapping[str, GroupSpec]
    duties: tuple[DutySpec, ...]
    digest: str
    body: Mapping[str, object] = field(repr=False, compare=False)

    def duty(self, duty_id: str) -> DutySpec:
        """Return a duty by its id inside the library; KeyError if there is none."""
        for duty in self.duties:
            if duty.id == duty_id:
                return duty
        raise KeyError(duty_id)


@dataclass(frozen=True, slots=True)
class Facts:
    """What applicability can see of an organisation: its form, attributes, organs, and level.

    ``level`` is given for registration authorities only.
    """

    form: str
    attributes: frozenset[str] = frozenset()
    organs: frozenset[str] = frozenset()
    level: str | None = None


@dataclass(frozen=True, slots=True)
class WhyStep:
    """One step of an explanation; ``code`` names it, ``holds`` tells whether it is fulfilled."""

    code: str
    text: Text
    holds: bool


@dataclass(frozen=True, slots=True)
class Why:
    """Why an organisation owes a duty, or why not: every step in reading order."""

    applies: bool
    steps: tuple[WhyStep, ...]


@dataclass(frozen=True, slots=True)
class Burden:
    """Minutes of reporting work: ``once`` in total, ``weekly`` in an average week.

    ``voluntary`` is the part of the weekly minutes that nobody has to spend (MAY, BEST_EFFORT,
    EXHORT), not contained in ``weekly``; ``forms`` counts the distinct duties with a form.
    """

    once: float
    weekly: float
    voluntary: float
    forms: int


@dataclass(frozen=True, slots=True)
class Message:
    """A fault of one field: a code of :data:`EVIDENCE_MESSAGES` and its parameters."""

    code: str
    params: Mapping[str, object] = field(default_factory=dict)

    def of(self, language: str) -> str:
        """Return the finished sentence in Chinese or English."""
        return EVIDENCE_MESSAGES[self.code].of(language) % self.params


EVIDENCE_MESSAGES: Mapping[str, Text] = {
    "required": Text("请填写此项。", "This is required."),
    "not_zero": Text(
        "请填写数字，没有也要填 0：不填不等于零报告。",
        "Enter a number, 0 if there were none: leaving it blank is not a zero report.",
    ),
    "not_text": Text("此项应为文字。", "This must be text."),
    "control": Text(
        "文字中含有无法保存的字符，请删除后重填。",
        "The text contains characters that cannot be stored.",
    ),
    "too_long": Text(
        "最多 %(max)d 字，现有 %(found)d 字。",
        "At most %(max)d characters; this has %(found)d.",
    ),
    "not_number": Text("请填写整数，例如 0 或 12。", "Enter a whole number such as 0 or 12."),
    "too_small": Text("不能小于 %(min)d。", "Must not be less than %(min)d."),
    "too_large": Text("不能大于 %(max)d。", "Must not be more than %(max)d."),
    "not_date": Text("请填写日期，例如 2020-02-03。", "Enter a date such as 2020-02-03."),
    "not_choice": Text("请从给出的选项中选择。", "Choose one of the options."),
    "not_yesno": Text("请选择“是”或“否”。", "Choose yes or no."),
    "unknown": Text("表中没有这一项。", "The form has no such field."),
    "no_evidence": Text("本任务不需要报送。", "This duty wants no report."),
    "too_few_files": Text(
        "请至少上传 %(min)d 个文件，现有 %(found)d 个。",
        "Attach at least %(min)d file(s); there are %(found)d.",
    ),
    "too_many_files": Text(
        "最多上传 %(max)d 个文件，现有 %(found)d 个。",
        "Attach at most %(max)d file(s); there are %(found)d.",
    ),
}
