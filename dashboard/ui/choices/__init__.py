"""A bar of choices in one element: the parts of a page, of which one is in view, or kinds to show, of which several may
be. Streamlit's own tabs and pills take the browser several times as long, and draw what is in them twice."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from dashboard.ui.components import component

HTML = '<div class="choices"></div>'
PICKED = "picked"


def one(
    options: Sequence[str], chosen: str, *, key: str, label: str, panel: str, on_pick: Callable[[str], None]
) -> None:
    """As tabs. `panel` is the key of the container that holds what is in view, which is drawn by the page."""
    _show({name: name for name in options}, [chosen], key=key, label=label, panel=panel, on_pick=on_pick)


def several(options: Mapping[str, str], *, key: str, label: str) -> list[str]:
    """As buttons that stay pressed: the codes of those that are, in the order of `options`."""
    held = f"chosen_{key}"

    def picked(code: str) -> None:
        st.session_state[held] = set(st.session_state.get(held, ())) ^ {code}

    chosen = [code for code in options if code in st.session_state.get(held, ())]
    _show(options, chosen, key=key, label=label, on_pick=picked)
    return chosen


def _show(
    options: Mapping[str, str],
    chosen: Sequence[str],
    *,
    key: str,
    label: str,
    on_pick: Callable[[str], None],
    panel: str = "",
) -> None:
    """`on_pick` is told one of the options, never what else a browser may send."""

    def picked() -> None:
        sent = getattr(st.session_state.get(key), PICKED, None)
        if isinstance(sent, str) and sent in options:
            on_pick(sent)

    component("choices", html=HTML)(
        key=key,
        data={"options": list(options.items()), "chosen": list(chosen), "label": label, "panel": panel},
        on_picked_change=picked,
    )
