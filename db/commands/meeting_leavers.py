"""Who leaves a meeting in the middle of an item, because a conflict of interest comes to light just then."""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from db.models import Meeting, MeetingAttendee, MeetingItem


def leaves_the_room(session: Session, volunteer_id: int, case_id: int) -> None:
    """Notes it for the minutes, if a meeting that this person came to is speaking of the case at this moment."""
    came = exists().where(
        MeetingAttendee.meeting_id == Meeting.id,
        MeetingAttendee.volunteer_id == volunteer_id,
        MeetingAttendee.came.is_(True),
    )
    under_discussion = (
        select(MeetingItem)
        .join(Meeting, Meeting.id == MeetingItem.meeting_id)
        .where(~Meeting.is_closed, MeetingItem.opened_at.is_not(None), came)
        .order_by(MeetingItem.opened_at.desc(), MeetingItem.id.desc())
        .limit(1)
        .with_for_update(of=MeetingItem)
    )
    item = session.scalar(under_discussion)
    if item is not None and item.case_id == case_id:
        item.left = item.left | {"ids": sorted({*item.left.get("ids", []), volunteer_id})}
