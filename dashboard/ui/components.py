"""Components of our own: a folder each, with a Python wrapper and, in `served`, what the browser fetches.

Streamlit turns script that is handed over as a string into a `blob:` address, which our content security policy
blocks. So script and style are files, which it serves at an address of ours, and it serves whatever is in their folder
to anybody: hence `served`, with no Python in it. The address changes with what is in them, so a browser keeps them.
"""

import functools
import hashlib
import threading
from pathlib import Path

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest
from streamlit.components.v2.types import ComponentRenderer

HERE = Path(__file__).parent
OURS = "lnb"
SERVED = "served"
_REGISTERING = threading.Lock()


def component(name: str, *, html: str = "", isolate_styles: bool = True) -> ComponentRenderer:
    """What mounts `dashboard/ui/<name>/served/index.js` with its `index.css`, around `html`.

    Call it where it is mounted, not where a module is imported: only a running server can register it. Style that is
    not isolated holds for the whole page.
    """
    _register(name)
    return _made(name, html, isolate_styles)


def _register(name: str) -> None:
    """With the server that runs this script: each test of a page has one of its own."""
    manager = get_bidi_component_manager()
    with _REGISTERING:
        if manager.get_component_asset_root(f"{OURS}.{versioned(name)}") is None:
            config = ComponentConfig(name=versioned(name), asset_dir=f"{name}/{SERVED}")
            manager.register_from_manifest(ComponentManifest(name=OURS, version="1", components=[config]), HERE)


@functools.cache
def versioned(name: str) -> str:
    """Its name and a digest of what is served for it."""
    digest = hashlib.blake2b(digest_size=4)
    for file in sorted((HERE / name / SERVED).iterdir()):
        digest.update(file.read_bytes())
    return f"{name}_{digest.hexdigest()}"


@functools.cache
def _made(name: str, html: str, isolate_styles: bool) -> ComponentRenderer:
    return st.components.v2.component(
        f"{OURS}.{versioned(name)}", html=html or None, css="index.css", js="index.js", isolate_styles=isolate_styles
    )
