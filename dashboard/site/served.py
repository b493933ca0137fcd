"""What the browser fetches of our own components (`dashboard/ui/<name>/served`), and the addresses they are served at.

All are known before any page is drawn: behind a proxy a browser may ask one server for what another has drawn.
"""

import functools
import hashlib
import threading

from dashboard.settings import ROOT

HERE = ROOT / "dashboard" / "ui"
OURS = "lnb"
SERVED = "served"
_REGISTERING = threading.Lock()


def register_all() -> None:
    for folder in HERE.glob(f"*/{SERVED}"):
        register(folder.parent.name)


def register(name: str) -> None:
    """With the server that runs this script: each test of a page has one of its own."""
    from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
    from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

    manager = get_bidi_component_manager()
    with _REGISTERING:
        if manager.get_component_asset_root(registered_as(name)) is None:
            config = ComponentConfig(name=_versioned(name), asset_dir=f"{name}/{SERVED}")
            manager.register_from_manifest(ComponentManifest(name=OURS, version="1", components=[config]), HERE)


def registered_as(name: str) -> str:
    return f"{OURS}.{_versioned(name)}"


@functools.cache
def _versioned(name: str) -> str:
    """Its name and a digest of what is served for it."""
    digest = hashlib.blake2b(digest_size=4)
    for file in sorted((HERE / name / SERVED).iterdir()):
        digest.update(file.read_bytes())
    return f"{name}_{digest.hexdigest()}"
