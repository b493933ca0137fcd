"""What charts share."""

from typing import Any

import pandas as pd

# A Vega-Lite specification, or a part of one: JSON whose shape Vega-Lite defines.
Spec = dict[str, Any]
DATA = "drawn"


def filled(spec: Spec, data: pd.DataFrame) -> Spec:
    """The specification with its data under a name. Data that is handed over beside it comes once the chart is drawn,
    so that it is drawn empty first."""
    return {**spec, "data": {"name": DATA}, "datasets": {DATA: data}}
