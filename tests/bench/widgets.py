"""What a browser sends back for the widgets it was given: their defaults, until a person changes one."""

from collections.abc import Iterator
from typing import Any

from streamlit.proto.Element_pb2 import Element
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates

from dashboard.ui.text import one_of

TEXT = {"text_input", "text_area"}
ONE_OF = {"selectbox", "radio"}


class Triggered(str):
    """What a component of our own sends once, as JSON."""

    __slots__ = ()


class Widgets:
    """The widgets of one tab by id, each with the element that drew it and the state it would send."""

    def __init__(self) -> None:
        self.elements: dict[str, tuple[str, Any]] = {}
        self._values: dict[str, Any] = {}
        self._pressed: str | None = None
        self.tabs = ""
        self.folds: dict[str, str] = {}
        self.boxes: dict[str, str] = {}

    def forget(self) -> None:
        """Another page: its widgets are new."""
        self.elements.clear()
        self._values.clear()
        self.tabs = ""
        self.folds.clear()
        self.boxes.clear()

    def draw(self, element: Element) -> None:
        kind = element.WhichOneof("type")
        drawn: Any = getattr(element, kind) if kind else None
        if kind is None or not getattr(drawn, "id", ""):
            return
        self.elements[drawn.id] = (kind, drawn)
        # The server's own word for a widget, such as after a saved form, replaces what the browser had.
        if getattr(drawn, "set_value", False) or drawn.id not in self._values:
            value = _first_value(kind, drawn)
            if value is not None:
                self._values[drawn.id] = value

    def draw_block(self, block: Any) -> None:
        """Tabs and folds of which the server is told; of others all is drawn already."""
        if block.tab_container.id:
            self.tabs = block.tab_container.id
        if block.expandable.id:
            self.folds[block.expandable.label] = block.expandable.id
        if block.popover.id:
            self.boxes[block.popover.label] = block.popover.id

    def find(self, kind: str, label: str, form_id: str = "") -> Any:
        """The widget of this kind whose label begins so. Raises LookupError where there is none."""
        for found, drawn in self.elements.values():
            if found == kind and drawn.label.startswith(label) and (not form_id or drawn.form_id == form_id):
                return drawn
        raise LookupError(f"no {kind} {label!r} on this page")

    def set(self, kind: str, label: str, value: Any, form_id: str = "") -> Any:
        drawn = self.find(kind, label, form_id)
        self._values[drawn.id] = value
        return drawn

    def press(self, label: str) -> None:
        """The next rerun says that this button was pressed."""
        self._pressed = self.find("button", label).id

    def switch_tab(self, label: str) -> None:
        if self.tabs:
            self._values[self.tabs] = one_of(label)

    def unfold(self) -> None:
        self._values.update(dict.fromkeys(self.folds.values(), True))

    def open_box(self, label: str) -> None:
        """As a person opens what is drawn only then, over the page."""
        self._values[self.boxes[label]] = True

    def clear_chosen(self) -> bool:
        """Empties every multiselect; says whether any had something chosen."""
        chosen = [id for id, (kind, _) in self.elements.items() if kind == "multiselect" and self._values.get(id)]
        self._values.update({id: [] for id in chosen})
        return bool(chosen)

    def turn_to(self, page: int) -> None:
        """Turns the pagination to this page, or to the last."""
        for id, (kind, drawn) in self.elements.items():
            if kind == "pagination":
                self._values[id] = min(page, drawn.num_pages)
                return
        raise LookupError("all on one page")

    def states(self) -> WidgetStates:
        pressed, self._pressed = self._pressed, None
        return WidgetStates(widgets=list(self._states(pressed)))

    def _states(self, pressed: str | None) -> Iterator[WidgetState]:
        for id, value in self._values.items():
            state = WidgetState(id=id)
            if isinstance(value, bool):
                state.bool_value = value
            elif isinstance(value, int):
                state.int_value = value
            elif isinstance(value, Triggered):
                state.json_trigger_value = value
            elif isinstance(value, str):
                state.string_value = value
            else:
                state.string_array_value.data.extend(value)
            yield state
        if pressed:
            yield WidgetState(id=pressed, trigger_value=True)


def _first_value(kind: str, drawn: Any) -> Any:
    """As the browser's widgets do when they appear; None where they send nothing before they are used."""
    told = getattr(drawn, "set_value", False)
    if kind in TEXT:
        return drawn.value if told else drawn.default
    if kind in ONE_OF:
        if told:
            return drawn.raw_value
        return drawn.options[drawn.default] if drawn.HasField("default") else None
    if kind in {"multiselect", "button_group"}:
        return list(drawn.raw_values) if told else _chosen(kind, drawn)
    if kind == "date_input":
        return list(drawn.value if told else drawn.default)
    if kind == "checkbox":
        return bool(drawn.value if told else drawn.default)
    if kind == "pagination":
        return int(drawn.value if told else drawn.default)
    return None


def _chosen(kind: str, drawn: Any) -> list[str]:
    if kind == "multiselect":
        return [drawn.options[place] for place in drawn.default]
    return [_caption(drawn.options[place]) for place in drawn.default]


def _caption(option: Any) -> str:
    return f"{option.content_icon} {option.content}".strip()
