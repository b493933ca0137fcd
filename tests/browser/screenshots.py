"""`python -m tests.browser.screenshots`: every page from fictional data, light and dark, wide and narrow."""

import io
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import select
from tqdm import tqdm

from db.choices import Stage
from db.models import Case, Finding, Flag
from tests.browser.chromium import find_or_get_chromium, launch_flags
from tests.browser.server import COOKIE, ROOT, Server, running_server
from tests.browser.tab import Tab

FOLDER = ROOT / "docs" / "screenshots"
CASES = 300
WIDTHS = (1440, 390)
# A first screen, and how far down a picture goes at most.
FIRST_SCREEN, LONGEST = {1440: 900, 390: 844}, 2600
# What the page holds, which scrolls inside the window.
HEIGHT = "() => document.querySelector('[data-testid=\"stMainBlockContainer\"]').getBoundingClientRect().height"
DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
Mode = Literal["light", "dark"]
MODES: tuple[Mode, ...] = ("light", "dark")


@dataclass(frozen=True)
class Shot:
    """One picture: its name, who looks, and where."""

    name: str
    person: str
    path: str
    tab: str = ""
    longest: int = LONGEST


def shots(server: Server) -> list[Shot]:
    case = f"/case?ref={_telling_case(server)}"
    return [
        Shot("sign-in", "", "/"),
        Shot("home-lead", "lead", "/"),
        Shot("home-volunteer", "volunteer", "/"),
        Shot("home-observer", "observer", "/"),
        # Fifty rows that look alike would only make a heavy file.
        Shot("queue", "lead", "/queue", longest=1600),
        Shot("case", "volunteer", case),
        Shot("case-update", "volunteer", f"{case}&do=update"),
        Shot("case-timeline", "volunteer", case, tab="Timeline"),
        Shot("my-cases", "volunteer", "/my-cases"),
        Shot("new-case", "lead", "/new-case"),
        Shot("workload", "lead", "/workload"),
        Shot("heatmap", "lead", "/heatmap"),
        Shot("heatmap-observer", "observer", "/heatmap"),
        Shot("people", "lead", "/people"),
        Shot("account", "volunteer", "/account"),
    ]


def _telling_case(server: Server) -> str:
    """A case of the demo volunteer's own with something in every part."""
    with server.database.read() as session:
        own = select(Case.reference).where(Case.lead_id == server.id_of("volunteer"), Case.stage == Stage.ACTIVE)
        full = own.where(select(Finding.id).where(Finding.case_id == Case.id).exists())
        flagged = full.where(select(Flag.id).where(Flag.case_id == Case.id).exists())
        found = (session.scalar(choice.order_by(Case.reference)) for choice in (flagged, full, own))
        return next(reference for reference in found if reference)


def main() -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder), cases=CASES) as server:
        wanted = shots(server)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_or_get_chromium(), args=launch_flags())
            with tqdm(total=len(wanted) * len(WIDTHS) * len(MODES), desc="Screenshots", unit="picture") as bar:
                for name, picture in _pictures(browser, server, wanted):
                    (FOLDER / f"{name}.png").write_bytes(_smaller(picture))
                    bar.update()
            browser.close()
    return 0


def _pictures(browser: Browser, server: Server, wanted: list[Shot]) -> Iterator[tuple[str, bytes]]:
    for width in WIDTHS:
        for mode in MODES:
            for shot in wanted:
                yield f"{shot.name}-{width}-{mode}", _picture(browser, server, shot, width, mode)


def _picture(browser: Browser, server: Server, shot: Shot, width: int, mode: Mode) -> bytes:
    screen = {"width": width, "height": FIRST_SCREEN[width]}
    context = browser.new_context(viewport=screen, color_scheme=mode, locale="en-GB", reduced_motion="reduce")  # type: ignore[arg-type]
    if shot.person:
        context.add_cookies([{"name": COOKIE, "value": server.cookie_of(shot.person), "url": server.url}])
    tab = Tab(context.new_page(), server.url)
    tab.open(shot.path)
    if shot.tab:
        tab.show(shot.tab)
    # Charts draw themselves after the run is over.
    tab.page.wait_for_load_state("networkidle")
    height = min(shot.longest, max(screen["height"], round(tab.page.evaluate(HEIGHT))))
    tab.page.set_viewport_size({"width": width, "height": height})
    tab.settle()
    tab.page.evaluate(DRAWN)
    picture = tab.page.screenshot(animations="disabled")
    context.close()
    return picture


def _smaller(picture: bytes) -> bytes:
    """The same with a palette of its own: a third of the size, and the rare colours of charts are kept."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    small = io.BytesIO()
    drawn = image.quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    drawn.save(small, "PNG", optimize=True)
    return small.getvalue()


if __name__ == "__main__":
    sys.exit(main())
