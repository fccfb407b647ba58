"""Work on many organisations at once: sheets on their way in, bulk changes of attributes."""

import uuid

from django.db import models

from tongzhou.kernel.models import StoredFile
from tongzhou.kernel.privacy.fields import EncryptedTextField, EncryptedValuesField
from tongzhou.modules.registry.models.register import CONTACT_PLACE, PERSON_PLACE


class ImportBatch(models.Model):
    """A sheet of organisations on its way in: checked first, then written whole or not at all.

    ``good`` rows are ``added`` new and ``changed`` known ones; ``same`` rows say what is held
    already. ``sample`` keeps the first faults for the page, ``differences`` how many rows change
    each column; the workbooks ``faults_file`` and ``missing_file`` have all faults, and the
    organisations of the authority that the file does not name.
    """

    class State(models.TextChoices):
        """Where the sheet stands."""

        CHECKING = "CHECKING", "正在检查"
        CHECKED = "CHECKED", "已检查"
        WRITING = "WRITING", "正在写入"
        WRITTEN = "WRITTEN", "已导入"
        REFUSED = "REFUSED", "未通过"
        STOPPED = "STOPPED", "已取消检查"
        DISCARDED = "DISCARDED", "已放弃"

    class Mode(models.TextChoices):
        """What becomes of rows whose code the register holds: faults, or changes."""

        ADD = "ADD", "只新增"
        MERGE = "MERGE", "新增并更新"
        FULL = "FULL", "新增并更新，并列出文件中没有的"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    faults_file = models.ForeignKey(
        StoredFile, null=True, on_delete=models.PROTECT, related_name="+"
    )
    missing_file = models.ForeignKey(
        StoredFile, null=True, on_delete=models.PROTECT, related_name="+"
    )
    user_id = models.BigIntegerField(null=True)
    authority_id = models.BigIntegerField(null=True)
    mode = models.CharField(max_length=10, choices=Mode.choices, default=Mode.ADD)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CHECKING)
    row_count = models.IntegerField(default=0)
    good = models.IntegerField(default=0)
    added = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    same = models.IntegerField(default=0)
    faulty = models.IntegerField(default=0)
    missing = models.IntegerField(null=True)
    sample = models.JSONField(default=list)
    differences = models.JSONField(default=dict)
    check_progress = models.UUIDField(null=True)
    write_progress = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    written_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["authority_id", "-created_at"], name="import_of_authority")]

    def __str__(self) -> str:
        return str(self.id)


class ImportRow(models.Model):
    """A checked row waiting to be written; gone once its batch is written or given up.

    Not logged by the database: after a crash the sheet is simply checked again. ``outcome`` is NEW,
    CHANGED, SAME or FAULTY; ``undated`` marks the attributes for which the sheet names no day.
    A changed row keeps the ``version`` it was compared
    with and its ``differences``: column → [before, after]. Names and contacts wait as they will lie
    in the register, encrypted for its columns, so that the database compares and copies them.
    """

    batch_id = models.UUIDField(db_index=True)
    number = models.IntegerField()
    code = models.CharField(max_length=18)
    name = models.CharField(max_length=120)
    pinyin = models.CharField(max_length=240)
    form = models.CharField(max_length=12)
    registered_by = models.BigIntegerField()
    registered_region = models.IntegerField()
    prov = models.SmallIntegerField()
    located_in = models.IntegerField()
    address = models.CharField(max_length=200)
    supervisor = models.BigIntegerField(null=True)
    industry_department = models.BigIntegerField(null=True)
    territory_contact = EncryptedTextField(bound_to=CONTACT_PLACE)
    established_on = models.DateField()
    attributes = models.BigIntegerField()
    attribute_dates = models.JSONField()
    organs = models.IntegerField()
    people = EncryptedValuesField(bound_to=PERSON_PLACE)
    organisation_id = models.BigIntegerField(null=True)
    undated = models.BigIntegerField(default=0)
    outcome = models.CharField(max_length=7, default="NEW")
    version = models.IntegerField(null=True)
    differences = models.JSONField(null=True)

    def __str__(self) -> str:
        return self.name


class ImportFault(models.Model):
    """What is wrong with one row of a sheet; gone like the waiting rows, and not logged either."""

    batch_id = models.UUIDField()
    number = models.IntegerField()
    faults = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["batch_id", "number"], name="fault_of_batch")]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.number}"


class BulkChange(models.Model):
    """An attribute given to, or ended for, many organisations at once: previewed, then applied.

    ``day`` is the first day of what is added or the last of what ends. ``chosen`` says how the
    organisations were chosen, in words that the audit line repeats. ``undo_of`` is the change that
    this one takes back.
    """

    class Action(models.TextChoices):
        """What is done."""

        ADD = "ADD", "增加属性"
        END = "END", "终止属性"

    class State(models.TextChoices):
        """Where the change stands."""

        PREPARING = "PREPARING", "正在核对"
        PREPARED = "PREPARED", "待确认"
        APPLYING = "APPLYING", "正在办理"
        APPLIED = "APPLIED", "已办理"
        REFUSED = "REFUSED", "未通过"
        STOPPED = "STOPPED", "已取消核对"
        DISCARDED = "DISCARDED", "已放弃"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user_id = models.BigIntegerField(null=True)
    authority_id = models.BigIntegerField(null=True)
    action = models.CharField(max_length=3, choices=Action.choices)
    attribute = models.CharField(max_length=30)
    day = models.DateField()
    basis = models.CharField(max_length=120)
    chosen = models.JSONField()
    undo_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="undone")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PREPARING)
    outcomes = models.JSONField(default=dict)
    progress = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["authority_id", "-created_at"], name="bulk_of_authority")]

    def __str__(self) -> str:
        return str(self.id)


class BulkItem(models.Model):
    """One organisation of a bulk change; ``outcome`` is CHANGE, or why it is left as it is.

    ``attribute_id`` is the row that was made or ended, ``former_to`` the last day it had before,
    so that the whole can be taken back.
    """

    pk = models.CompositePrimaryKey("id", "prov")
    id = models.BigIntegerField()
    prov = models.SmallIntegerField()
    change_id = models.UUIDField()
    organisation_id = models.BigIntegerField(null=True)
    code = models.CharField(max_length=18)
    outcome = models.CharField(max_length=12)
    attribute_id = models.BigIntegerField(null=True)
    former_to = models.DateField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["change_id", "outcome", "id"], name="item_of_bulk_change"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.outcome}"
