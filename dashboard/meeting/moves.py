"""From one item of a meeting to another, for everybody."""

from dashboard.ui import forms
from db.commands.meeting_notes import go_to_item
from db.queries.meetings import AgendaItem, MeetingView


def onward(meeting: MeetingView, number: int) -> AgendaItem | None:
    """The first item after this number that somebody can chair."""
    return next((item for item in meeting.items[number:] if not item.has_no_chair), None)


def backward(meeting: MeetingView, number: int) -> AgendaItem | None:
    earlier = [item for item in meeting.items if item.number < number and not item.has_no_chair]
    return earlier[-1] if earlier else None


def open_item(meeting: MeetingView, item: AgendaItem) -> None:
    forms.pressed(f"go_{item.id}").save(go_to_item, "", redraw=True, meeting_id=meeting.id, item_id=item.id)
