"""Raw, confidential counts of distinct doctors, before they are released."""

from typing import NamedTuple

import pandas as pd


class Count(NamedTuple):
    """Raw and confidential: distinct doctors, the bodies they come from, and how many of
    the doctors come from the body with most. `bodies` is None when bodies are not known."""

    doctors: int
    bodies: int | None = None
    largest: int = 0


def counted(findings: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Columns `by`, doctors and, where `findings` has a body, bodies and largest."""
    doctors = findings.groupby(by, observed=True)["doctor"].nunique()
    if "body" not in findings.columns:
        return doctors.rename("doctors").reset_index()
    each = findings.groupby([*by, "body"], observed=True, dropna=False)["doctor"].nunique()
    counted = {
        "doctors": doctors,
        "bodies": findings.groupby(by, observed=True)["body"].nunique(),
        "largest": each.groupby(level=by, observed=True).max(),
    }
    return pd.DataFrame(counted).reset_index()


def keyed(counts: pd.DataFrame, by: list[str]) -> dict[tuple[str, ...], Count]:
    if counts.duplicated(by).any():
        raise ValueError(f"Counted more than once by {' and '.join(by)}.")
    keys = zip(*(counts[name] for name in by), strict=True)
    doctors = counts["doctors"].astype(int)
    if not {"bodies", "largest"} <= set(counts.columns):
        return {key: Count(n) for key, n in zip(keys, doctors, strict=True)}
    # A body count that is missing is taken as none, which withholds.
    bodies = counts["bodies"].fillna(0).astype(int)
    largest = counts["largest"].fillna(0).astype(int)
    values = zip(doctors, bodies, largest, strict=True)
    return {key: Count(*value) for key, value in zip(keys, values, strict=True)}
