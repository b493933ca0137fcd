"""Who may download what. How each kind of file is made is in `dashboard/reports/files.py`."""

from collections.abc import Callable, Mapping

from sqlalchemy.orm import Session

from db import clock
from db.access import Viewer
from db.choices import EXAMINED, RELEASED_DIMENSIONS, DownloadKind, FindingKind, Measure, Role, RowOrder
from db.errors import NotFound
from db.meeting_access import takes_part
from db.models import Meeting
from db.output_rows import read_output
from db.release_rows import standing_releases
from db.rules.outputs import OutputStatus
from db.rules.periods import period_of

# Which file of its kind, in codes and ids.
About = dict[str, str]
PACK_FORMS = ("docx", "html")
PICTURES = ("svg", "png", "csv")


def may_download(session: Session, viewer: Viewer, kind: DownloadKind, about: About) -> None:
    """Refuses with NotFound what this person may not download now, and what there is not."""
    _MAY[kind](session, viewer, about)


def _may_have_pack(_session: Session, viewer: Viewer, about: About) -> None:
    """Leads and observers: of a month or a quarter that has begun."""
    period = period_of(about.get("period", ""))
    fits = about.keys() == {"period", "form"} and about["form"] in PACK_FORMS
    if viewer.role is Role.VOLUNTEER or not fits or period is None or period.first > clock.today():
        raise NotFound


def _may_have_minutes(session: Session, viewer: Viewer, about: About) -> None:
    """Leads, and whoever was asked to come: of a closed meeting."""
    fits = about.keys() == {"meeting", "held_on", "form"} and about["form"] in PACK_FORMS
    if not fits or not about["meeting"].isdecimal():
        raise NotFound
    meeting = session.get(Meeting, int(about["meeting"]))
    if meeting is None or not meeting.is_closed or about["held_on"] != meeting.held_on.isoformat():
        raise NotFound
    if not takes_part(session, viewer, meeting):
        raise NotFound


def _may_have_heatmap(session: Session, _viewer: Viewer, about: About) -> None:
    """Everybody with an account: of a signed release."""
    offered = {
        "against": (*RELEASED_DIMENSIONS, EXAMINED),
        "findings": ("", *FindingKind),
        "measure": tuple(Measure),
        "order": tuple(RowOrder),
        "form": PICTURES,
    }
    if about.keys() != {"quarter", "period", *offered} or any(
        about[one] not in words for one, words in offered.items()
    ):
        raise NotFound
    signed = {row.quarter for row in standing_releases(session) if row.signed_at is not None}
    period = about["period"]
    if about["quarter"] not in signed or not (period == "all" or (period.isascii() and period.isdecimal())):
        raise NotFound


def _may_have_evidence(session: Session, viewer: Viewer, about: About) -> None:
    """Whoever works on it: of a released output."""
    fits = about.keys() == {"output", "sent_on", "form"} and about["form"] in PACK_FORMS
    if not fits or not about["output"].isdecimal():
        raise NotFound
    row = read_output(session, viewer, int(about["output"]))
    if row.sent_on is None or row.status is not OutputStatus.RELEASED or about["sent_on"] != row.sent_on.isoformat():
        raise NotFound


_MAY: Mapping[DownloadKind, Callable[[Session, Viewer, About], None]] = {
    DownloadKind.LEADERSHIP: _may_have_pack,
    DownloadKind.EVIDENCE: _may_have_evidence,
    DownloadKind.MINUTES: _may_have_minutes,
    DownloadKind.HEATMAP: _may_have_heatmap,
}
