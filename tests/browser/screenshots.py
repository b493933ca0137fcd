"""`python -m tests.browser.screenshots [NAME …]`: every page, or those named, from fictional data, light and dark,
wide and narrow."""

import io
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import func, select, update
from tqdm import tqdm

from db import clock
from db.access import Viewer, viewer_of, visible_cases
from db.choices import OPEN_STAGES, AssignmentStatus, Role, Stage
from db.commands.flags import raise_flag
from db.commands.meeting_notes import go_to_item, open_meeting
from db.commands.people import deactivate
from db.commands.releases import review_release, sign_release
from db.demo.timelines import EVENT_FIRST, RELATIONSHIPS, TIMELINES, Timeline
from db.models import Affiliation, Assignment, Case, Finding, Flag, Organisation, Release, SignInSession, Volunteer
from db.queries.meetings import next_meeting
from db.rules.safety import CRISIS
from db.walls import barred_bodies
from tests.browser.chromium import find_or_get_chromium, launch_flags
from tests.browser.server import COOKIE, ROOT, Server, running_server
from tests.browser.tab import Tab
from tests.factories import make_volunteer

FOLDER = ROOT / "docs" / "screenshots"
CASES = 300
WIDTHS = (1440, 390)
# A first screen, and how far down a picture goes at most.
FIRST_SCREEN, LONGEST = {1440: 900, 390: 844}, 2600
# What the page holds, which scrolls inside the window.
HEIGHT = "() => document.querySelector('[data-testid=\"stMainBlockContainer\"]').getBoundingClientRect().height"
DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
PROCESSES, FINDINGS, TEAM = "Processes", "Findings, facts, documents", "Team and history"
RELEASES = "/heatmap?heatmap_show=Releases"
Mode = Literal["light", "dark"]
MODES: tuple[Mode, ...] = ("light", "dark")


@dataclass(frozen=True)
class Shot:
    """One picture: its name, who looks, where, and what they do first."""

    name: str
    person: str
    path: str
    tab: str = ""
    longest: int = LONGEST
    first: Callable[[Tab], None] | None = None


def shots(server: Server) -> list[Shot]:
    case = f"/case?ref={_telling_case(server)}"
    walled = f"/case?ref={_walled_case(server)}"
    return [
        Shot("sign-in", "", "/"),
        Shot("home-lead", "lead", "/"),
        Shot("bodies-to-match", "lead", "/", longest=0, first=partial(_scroll_to, "Organisations to match")),
        Shot("home-volunteer", "volunteer", "/"),
        Shot("home-observer", "observer", "/"),
        # Fifty rows that look alike would only make a heavy file.
        Shot("queue", "lead", "/queue", longest=1600),
        Shot("search", "lead", "/queue", longest=1600, first=_search),
        Shot("case", "volunteer", case),
        Shot("case-update", "volunteer", f"{case}&do=update"),
        Shot("case-timeline", "volunteer", case, longest=0, first=partial(_scroll_to, "Timeline")),
        Shot("case-history", "lead", walled, tab=TEAM),
        Shot("case-wall", "lead", walled, tab=TEAM, first=lambda tab: tab.expand("Ask for an exception to the wall")),
        Shot("password-again", "volunteer", case, longest=0, first=lambda tab: _open_identity(server, tab)),
        Shot("case-processes", "volunteer", case, tab=PROCESSES),
        Shot("case-documents", "volunteer", case, tab=FINDINGS),
        Shot("inbox", "volunteer", "/inbox", longest=0),
        Shot("actions", "volunteer", "/actions", longest=1600),
        Shot("my-cases", "volunteer", "/my-cases"),
        Shot("one-minute-update", "volunteer", "/my-cases", longest=0, first=_open_quick_update),
        Shot("new-case", "lead", "/new-case"),
        Shot("new-case-somebody-else", "volunteer", "/new-case?from=somebody-else"),
        Shot("meeting", "volunteer", "/meeting", longest=1600),
        Shot("meeting-minutes", "lead", "/meeting", longest=1600, first=_read_minutes),
        Shot("workload", "lead", "/workload"),
        Shot("heatmap", "lead", "/heatmap"),
        Shot("emerging", "lead", "/heatmap?heatmap_show=What+is+emerging", longest=1600),
        Shot("learning", "volunteer", "/learning", longest=1600),
        Shot("outputs", "lead", "/learning", tab="Outputs", longest=1600),
        Shot("leadership", "lead", "/leadership", longest=1800),
        Shot("organisation", "lead", f"/organisation?code={_telling_organisation(server)}"),
        Shot("organisation-unknown", "lead", "/organisation?code=EX999", longest=0),
        Shot("people", "lead", "/people"),
        Shot("same-doctor", "lead", "/same-doctor", longest=1200),
        Shot("approvals", "lead", "/inbox", longest=1600),
        Shot("approvals-second-lead", "lead2", "/inbox", longest=1600),
        Shot("access-review", "lead", "/access"),
        Shot("offer", "volunteer", f"/case?ref={_offered_case(server)}", longest=0, first=_see_whom_it_is_about),
        Shot("account", "volunteer", "/account"),
        Shot("reminders", "volunteer", "/account", tab="Reminders"),
        *(Shot(f"timeline-{one.name}", "lead", f"/case?ref={_told(server, one)}", tab=PROCESSES) for one in TIMELINES),
        Shot("case-facts", "lead", f"/case?ref={_told(server, RELATIONSHIPS)}", tab=FINDINGS),
        Shot("case-links", "lead", f"/case?ref={_told(server, EVENT_FIRST)}", tab=TEAM),
    ]


def shots_of_a_crisis() -> list[Shot]:
    return [Shot("home-lead-crisis", "lead", "/", longest=0)]


def shots_of_a_meeting() -> list[Shot]:
    return [
        Shot("meeting-under-way", "lead", "/meeting"),
        Shot("meeting-under-way-volunteer", "volunteer", "/meeting"),
        Shot("meeting-screen", "lead", "/meeting?view=screen", longest=0),
    ]


def shots_once_somebody_has_left() -> list[Shot]:
    return [Shot("handover", "lead", "/people", longest=1200)]


def shots_before_a_release_is_signed() -> list[Shot]:
    waits = partial(_scroll_to, re.compile("The release of .* waits"))
    return [
        Shot("release-before", "lead", RELEASES, longest=1700),
        Shot("release-before-home", "lead", "/", longest=0, first=waits),
    ]


def shots_once_it_is_signed() -> list[Shot]:
    return [Shot("release-after", "lead", RELEASES, longest=1700), Shot("release-observer", "observer", "/heatmap")]


def shots_of_a_new_lead() -> list[Shot]:
    return [Shot("second-factor", "lena", "/", first=_begin_factor)]


def _telling_case(server: Server) -> str:
    """A case of the demo volunteer's own with something in every part."""
    with server.database.read() as session:
        own = select(Case.reference).where(Case.lead_id == server.id_of("volunteer"), Case.stage == Stage.ACTIVE)
        full = own.where(select(Finding.id).where(Finding.case_id == Case.id).exists())
        flagged = full.where(select(Flag.id).where(Flag.case_id == Case.id).exists())
        found = (session.scalar(choice.order_by(Case.reference)) for choice in (flagged, full, own))
        return next(reference for reference in found if reference)


def _told(server: Server, timeline: Timeline) -> str:
    """The case of one of the six timelines."""
    with server.database.read() as session:
        return session.scalars(select(Case.reference).where(Case.summary == timeline.summary)).one()


def _telling_organisation(server: Server) -> str:
    """The code of the organisation with the most cases that the demo lead may see."""
    lead = server.id_of("lead")
    with server.database.read() as session:
        cases = select(Organisation.code).join(Case, Case.organisation_id == Organisation.id)
        open_to_lead = cases.where(Organisation.id.not_in(barred_bodies(lead)), visible_cases(Viewer(lead, Role.LEAD)))
        most = open_to_lead.group_by(Organisation.code).order_by(func.count().desc(), Organisation.code)
        return session.scalars(most.limit(1)).one()


def _walled_case(server: Server) -> str:
    """A case that the demo lead may see and somebody else at its body may not, under way for a while."""
    lead = Viewer(server.id_of("lead"), Role.LEAD)
    with server.database.read() as session:
        barred = select(Affiliation.id).where(
            Affiliation.organisation_id == Case.organisation_id, Affiliation.ended_on.is_(None)
        )
        seen = select(Case.reference).where(visible_cases(lead), Case.stage == Stage.ACTIVE, barred.exists())
        return session.scalars(seen.order_by(Case.reference)).first() or _telling_case(server)


def _offered_case(server: Server) -> str:
    """A case of which the demo volunteer is offered a place."""
    mine = Assignment.volunteer_id == server.id_of("volunteer")
    with server.database.read() as session:
        offered = select(Case.reference).join(Assignment).where(mine, Assignment.status == AssignmentStatus.OFFERED)
        return session.scalars(offered.order_by(Case.id)).first() or _telling_case(server)


def _scroll_to(words: str | re.Pattern[str], tab: Tab) -> None:
    """For a part of a page that begins below the first screen."""
    tab.main.get_by_text(words).first.evaluate("place => place.scrollIntoView({block: 'start'})")


def _see_whom_it_is_about(tab: Tab) -> None:
    # Shown once, it stays shown while the offer stands.
    if tab.button("Show the organisation").count():
        tab.press("Show the organisation")


def _open_identity(server: Server, tab: Tab) -> None:
    """As far as the question for the password, which a session that is not fresh must answer."""
    with server.database.log() as session:
        session.execute(update(SignInSession).values(proved_at=None))
    tab.expand("Who the doctor is")
    tab.fill("Reason for opening it", "To ring them back")
    tab.press("Open identity")
    tab.page.get_by_role("dialog").wait_for()


def _search(tab: Tab) -> None:
    with tab.rerun():
        tab.search_box().fill("chronology")
        tab.search_box().press("Enter")


def _volunteer_raises_a_crisis(server: Server) -> None:
    volunteer = server.id_of("volunteer")
    with server.database.write() as session:
        calm = select(Case.reference).where(Case.lead_id == volunteer, Case.is_open, Case.flags == "")
        reference = session.scalars(calm.order_by(Case.reference)).first()
        assert reference is not None
        raise_flag(
            session,
            actor_id=volunteer,
            reference=reference,
            code=CRISIS,
            why="Has not slept since the letter came",
            review_on=clock.today(),
        )


def _read_minutes(tab: Tab) -> None:
    link = tab.main.get_by_role("link", name="Minutes of").first.get_attribute("href") or ""
    tab.open(f"/meeting?{urlsplit(link).query}")


def _meeting_is_under_way(server: Server) -> None:
    """At its first case that the demo volunteer may hear of too."""
    lead, volunteer = server.id_of("lead"), server.id_of("volunteer")
    with server.database.write() as session:
        seen = [next_meeting(session, viewer_of(session, who)) for who in (lead, volunteer)]
        theirs, mine = ([item.id for item in view.items if item.about] for view in seen if view)
        meeting = next(view.id for view in seen if view)
        open_meeting(session, actor_id=lead, meeting_id=meeting, came_ids=[lead, volunteer])
        go_to_item(session, actor_id=lead, meeting_id=meeting, item_id=next(item for item in theirs if item in mine))


def _open_quick_update(tab: Tab) -> None:
    with tab.rerun():
        tab.main.get_by_role("button", name="One-minute update").first.click()


def _begin_factor(tab: Tab) -> None:
    # Begun once, it waits for its first code.
    if tab.button("Set it up").count():
        tab.press("Set it up")


def _somebody_leaves(server: Server) -> None:
    """Whoever, of the volunteers nobody signs in as, holds the fewest cases but some."""
    demo = [server.id_of(name) for name in ("lead", "lead2", "volunteer", "observer")]
    with server.database.write() as session:
        held = (
            select(Case.lead_id)
            .join(Volunteer, Volunteer.id == Case.lead_id)
            .where(Case.stage.in_(OPEN_STAGES), Case.lead_id.not_in(demo), Volunteer.role == Role.VOLUNTEER)
            .group_by(Case.lead_id)
            .order_by(func.count(), Case.lead_id)
        )
        leaver = session.scalars(held).first()
        assert leaver is not None
        deactivate(session, actor_id=server.id_of("lead"), volunteer_id=leaver)


def _release_waits(server: Server) -> Release:
    """The last of the demonstration's releases as it was before two leads had looked at it."""
    with server.database.write() as session:
        release = session.scalars(select(Release).order_by(Release.quarter.desc())).first()
        assert release is not None
        # As if it had been computed today: what doctors said since would stop the signing.
        release.computed_at = clock.now()
        release.reviewed_at = release.reviewed_by_id = release.signed_at = release.signed_by_id = None
        session.flush()
        session.expunge(release)
    return release


def _release_goes_out(server: Server, release: Release) -> None:
    told = {"quarter": release.quarter, "fingerprint": release.fingerprint}
    with server.database.write() as session:
        leads = session.scalars(select(Volunteer.id).where(Volunteer.role == Role.LEAD, Volunteer.active)).all()
        review_release(session, actor_id=leads[0], **told)
        sign_release(session, actor_id=leads[1], **told)


def main() -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_or_get_chromium(), args=launch_flags())
        for name in ("demo", "new"):
            (Path(folder) / name).mkdir()
        with running_server(Path(folder) / "demo", cases=CASES) as server:
            _draw(browser, server, shots(server))
            _volunteer_raises_a_crisis(server)
            _draw(browser, server, shots_of_a_crisis())
            _meeting_is_under_way(server)
            _draw(browser, server, shots_of_a_meeting())
            waiting = _release_waits(server)
            _draw(browser, server, shots_before_a_release_is_signed())
            _release_goes_out(server, waiting)
            _draw(browser, server, shots_once_it_is_signed())
            _somebody_leaves(server)
            _draw(browser, server, shots_once_somebody_has_left())
        with running_server(Path(folder) / "new", cases=None) as server:
            with server.database.write() as session:
                make_volunteer(session, "lena", Role.LEAD)
            _draw(browser, server, shots_of_a_new_lead())
        browser.close()
    return 0


def _draw(browser: Browser, server: Server, shots: list[Shot]) -> None:
    named = sys.argv[1:]
    wanted = [shot for shot in shots if not named or shot.name in named]
    total = len(wanted) * len(WIDTHS) * len(MODES)
    with tqdm(total=total, desc="Screenshots", unit="picture", disable=not total) as bar:
        for name, picture in _pictures(browser, server, wanted):
            (FOLDER / f"{name}.png").write_bytes(_smaller(picture))
            bar.update()


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
    if shot.first:
        shot.first(tab)
    # Charts draw themselves after the run is over.
    tab.page.wait_for_load_state("networkidle")
    height = max(screen["height"], min(shot.longest, round(tab.page.evaluate(HEIGHT))))
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
