"""Components of our own: a folder each, with a Python wrapper and, in `served`, what the browser fetches.

Streamlit turns script that is handed over as a string into a `blob:` address, which our content security policy
blocks. So script and style are files, which it serves at an address of ours, and it serves whatever is in their folder
to anybody: hence `served`, with no Python in it. The address changes with what is in them, so a browser keeps them.
"""

import functools

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from dashboard.site import served


def component(name: str, *, html: str = "", isolate_styles: bool = True) -> ComponentRenderer:
    """What mounts `dashboard/ui/<name>/served/index.js` with its `index.css`, around `html`.

    Call it where it is mounted, not where a module is imported: only a running server can register it. Style that is
    not isolated holds for the whole page.
    """
    served.register(name)
    return _made(name, html, isolate_styles)


@functools.cache
def _made(name: str, html: str, isolate_styles: bool) -> ComponentRenderer:
    return st.components.v2.component(
        served.registered_as(name), html=html or None, css="index.css", js="index.js", isolate_styles=isolate_styles
    )
