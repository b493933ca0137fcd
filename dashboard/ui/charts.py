"""What charts share."""

from typing import Any

# A Vega-Lite specification, or a part of one: JSON whose shape Vega-Lite defines.
Spec = dict[str, Any]
