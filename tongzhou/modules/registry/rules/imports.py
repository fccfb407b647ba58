"""Check the rows of an import: pure, and fast enough for a million of them.

:func:`check_row` judges one row and finds every fault in it, not only the first, so a sheet is
mended in one go. What needs sight of the whole file or of the register (codes that occur twice,
codes already held) is asked of the database in sets, by the import itself.
"""

from __future__ import annotations

from collections.abc import Mapping

from tongzhou.modules.registry.contracts import (
    ImportedOrganisation,
    ImportReferences,
    RowFault,
)
from tongzhou.modules.registry.rules import attributes as kinds
from tongzhou.modules.registry.rules import cells
from tongzhou.modules.registry.rules import columns as c


def check_row(
    number: int, row: Mapping[str, str], refs: ImportReferences
) -> ImportedOrganisation | list[RowFault]:
    """Return the organisation a row describes, or every fault found in it.

    ``row`` maps column names to stripped text; missing columns count as empty. Nothing is looked
    up outside ``refs``.
    """
    state = cells.Row(number, row, [])
    get = row.get
    name = cells.read_name(state, get(c.NAME, ""))
    form = cells.read_form(state, get(c.FORM, ""))
    registrar = cells.read_registrar(state, get(c.REGISTRAR, ""), form, refs)
    code = cells.read_code(state, form, registrar, refs)
    place = cells.read_place(state, get(c.PLACE, ""), registrar, refs)
    established = cells.read_established(state, get(c.ESTABLISHED, ""), refs.today)
    address = cells.read_address(state, get(c.ADDRESS, ""))
    mask, dated, undated = cells.read_attributes(
        state, get(c.ATTRIBUTES, ""), form, established, refs.today
    )
    supervisor = cells.read_principal(state, c.SUPERVISOR, refs.supervisors)
    if supervisor is not None and mask & cells.without_supervisor():
        state.fault(
            c.SUPERVISOR,
            "直接登记或者已脱钩的组织没有业务主管单位。",
            "请清空本列，或者改正“属性”；指导其业务的部门请填在“行业管理部门”列。",
        )
    industry = cells.read_principal(state, c.INDUSTRY, refs.industry)
    territory = cells.read_contact(state, get(c.TERRITORY, ""))
    organs = cells.read_organs(state, form)
    people = [
        cells.read_person(state, column)
        for column in (
            c.LEGAL_REP,
            c.SECRETARY,
            c.PARTY_SECRETARY,
            c.BOARD_CHAIR,
        )
    ]
    if form in kinds.LEGAL_PERSONS and not get(c.LEGAL_REP):
        state.fault(c.LEGAL_REP, "没有填写。", "法人必须有法定代表人，请填写姓名。")
    if state.faults or form is None or registrar is None or place is None or established is None:
        return state.faults
    return ImportedOrganisation(
        number=number,
        code=code,
        name=name,
        form=form,
        registered_by=registrar.id,
        registered_region=registrar.region_id,
        prov=registrar.prov,
        located_in=place.id,
        address=address,
        supervisor=supervisor,
        industry_department=industry,
        territory_contact=territory,
        established_on=established,
        attributes=mask,
        attribute_dates=dated,
        organs=organs,
        legal_representative=people[0],
        secretary=people[1],
        party_secretary=people[2],
        board_chair=people[3],
        undated=undated,
    )


def known_fault(number: int, row: Mapping[str, str]) -> RowFault:
    """Return the fault of a row whose code the register holds."""
    return RowFault(
        number,
        c.CODE if row.get(c.CODE) else c.NUMBER,
        "登记簿中已有这个代码。",
        "变更请在该组织的页面办理。",
    )
