"""Bringing the finding arrays up to date: only the findings of changed cases are read again."""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.choices import Dimension
from db.models import Case, Consent, Finding
from db.queries.changed_cases import changed_cases, newest_change
from db.queries.finding_arrays import (
    CASE_COLUMNS,
    Cases,
    Coded,
    FindingArrays,
    Findings,
    left_out_today,
    read_left_out,
)
from db.rules.tally import NO_BODY, Ints


def brought_up_to_date(session: Session, arrays: FindingArrays) -> FindingArrays:
    """The same arrays for the record as it is now: based on the old ones if the audit names the changed cases, else
    empty, to be read again. The old ones do not change, as somebody may still be counting with them."""
    fresh = FindingArrays(coded_before=arrays.coded_before, with_process=arrays.with_process)
    head = newest_change(session)
    changed = changed_cases(session, arrays.audit_id, head)
    if changed is None:
        return fresh
    old: Findings = arrays.kept["findings"]
    staying = ~np.isin(old.case_id, list(changed))
    new = arrays.read_findings(session, Finding.case_id.in_(changed))
    fresh.audit_id = head
    fresh.kept["findings"] = _merged(old, staying, new)
    if (name := left_out_today()) in arrays.kept:
        told: Ints = arrays.kept[name]
        again = read_left_out(session, Consent.case_id.in_(changed))
        fresh.kept[name] = np.concatenate([told[~np.isin(told, list(changed))], again])
    if _are_as_before(session, arrays, changed):
        fresh.kept |= {name: arrays.kept[name] for name in ("cases", *CASE_COLUMNS) if name in arrays.kept}
    return fresh


def _are_as_before(session: Session, arrays: FindingArrays, changed: Collection[int]) -> bool:
    """Whether these cases were known with the same doctor, organisation and columns."""
    cases: Cases | None = arrays.kept.get("cases")
    tables: dict[Dimension, Coded] = {name: arrays.kept[name] for name in CASE_COLUMNS if name in arrays.kept}
    facts = (Case.doctor_id, func.coalesce(Case.organisation_id, NO_BODY), *(CASE_COLUMNS[name] for name in tables))
    for case_id, doctor, body, *codes in session.execute(select(Case.id, *facts).where(Case.id.in_(changed))):
        at = cases.position[case_id] if cases is not None and case_id < len(cases.position) else -1
        if cases is None or at < 0 or (cases.doctor[at], cases.body[at]) != (doctor, body):
            return False
        if codes != [table.codes[table.at[case_id]] for table in tables.values() if case_id < len(table.at)]:
            return False
    return True


def _merged(old: Findings, staying: NDArray[np.bool_], new: Findings) -> Findings:
    def coded(one: Coded, other: Coded) -> Coded:
        codes = list(dict.fromkeys([*one.codes, *other.codes]))
        place = np.array([codes.index(code) for code in other.codes], dtype=np.int64)
        return Coded(codes, np.concatenate([one.at[staying], place[other.at]]))

    def numbers(name: str) -> NDArray[np.int64]:
        kept = getattr(old, name)
        return np.concatenate([kept[staying] if len(kept) else kept, getattr(new, name)])

    return Findings(
        code=coded(old.code, new.code),
        evidence=coded(old.evidence, new.evidence),
        quarter=coded(old.quarter, new.quarter),
        case_id=numbers("case_id"),
        id=numbers("id"),
        case_process_id=numbers("case_process_id"),
    )
