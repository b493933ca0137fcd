"""The lived-experience series: how far a story has come, and what comes next (docs/domain.md §6.4)."""

from collections.abc import Mapping

from db.choices import Choice

CHANNELS = "series_channel"
MOST_NOTE = 1_000
# The consent to take part at all; one for each channel stands beside it.
TAKE_PART = ""


class StoryStage(Choice):
    INVITED = "invited", "Invited"
    INTERVIEW = "interview", "Interviewed"
    DRAFT = "draft", "Draft written"
    SEEN = "seen", "The doctor has seen the text and agrees to it"
    EMPLOYER = "employer", "Checked: an employer could not recognise it"
    LEGAL = "legal", "Legal check, and no live proceedings"
    PUBLISHED = "published", "Published"
    TAKEN_DOWN = "taken_down", "Taken down"
    WITHDRAWN = "withdrawn", "Withdrawn"


# Any of the checks may send it back to be written anew.
NEXT: Mapping[StoryStage, tuple[StoryStage, ...]] = {
    StoryStage.INVITED: (StoryStage.INTERVIEW,),
    StoryStage.INTERVIEW: (StoryStage.DRAFT,),
    StoryStage.DRAFT: (StoryStage.SEEN,),
    StoryStage.SEEN: (StoryStage.EMPLOYER, StoryStage.DRAFT),
    StoryStage.EMPLOYER: (StoryStage.LEGAL, StoryStage.DRAFT),
    StoryStage.LEGAL: (StoryStage.DRAFT,),
}
# Not by whoever wrote the draft; the legal check by a lead.
CHECKS = (StoryStage.EMPLOYER, StoryStage.LEGAL)
MAY_PUBLISH = (StoryStage.LEGAL, StoryStage.PUBLISHED)
# What ends a story: the doctor's word, or ours.
OVER = (StoryStage.WITHDRAWN,)


def may_follow(now: StoryStage, then: StoryStage) -> bool:
    return then in NEXT.get(now, ())
