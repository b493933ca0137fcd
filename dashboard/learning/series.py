"""The lived-experience series: who agreed to it, how far each story has come, and what is to be taken down."""

from collections.abc import Iterable, Iterator

import streamlit as st

from dashboard import store
from dashboard.ui import forms, navigation, text
from dashboard.ui.folds import fold
from dashboard.ui.forms import Fields
from dashboard.ui.text import heading
from db.commands.series import invite_story, move_story, publish_story, take_down_story, withdraw_story
from db.queries.reference import Reference
from db.queries.series import Candidate, Step, StoryLine
from db.queries.session import Person
from db.rules.series import CHANNELS, CHECKS, MAY_PUBLISH, NEXT, OVER, StoryStage

NOBODY = (
    "Nobody is listed. A case stands here only while its doctor agrees to the series: ask them, and record the answer "
    "on the case under “Team and history”. That somebody thinks it a good story is no reason."
)
BLOCKED = "A process of this case has not ended. The story waits until all of them have."
NOT_AGREED = "The doctor does not agree to the series any more."
ASKS = {
    StoryStage.SEEN: "Has the doctor read this very text, and agreed to it? Say when and how.",
    StoryStage.EMPLOYER: "Read it as the employer would. What could tell them who it is? Say what you looked at.",
    StoryStage.LEGAL: "Who looked at it in law, and is anything before a court, tribunal, regulator or employer?",
    StoryStage.DRAFT: "What was written, or what is to be changed. The text itself is kept outside this tool.",
}


def series(person: Person) -> None:
    words = store.words(person)
    found = store.stories(person)
    for line in found:
        _story(person, words, line)
    heading("Who agreed to the series")
    waiting = store.candidates(person)
    if not waiting:
        st.caption(NOBODY)
    for row in waiting:
        _candidate(person, words, row)


def _candidate(person: Person, words: Reference, row: Candidate) -> None:
    with st.container(border=True, width=forms.FORM_WIDTH, gap="xsmall"):
        navigation.case_link(row.reference)
        st.caption(f"Agrees to: {_channels(words, row.channels)}")
        if row.waits:
            st.caption(f":material/hourglass_top: {BLOCKED}")
        elif person.is_lead:
            with forms.form(f"story_invite_{row.reference}", border=False) as form:
                form.submit("Invite the doctor", main=False)
            form.save(invite_story, "Noted. The next step is the interview.", reference=row.reference)


def _story(person: Person, words: Reference, line: StoryLine) -> None:
    heading(f"Story of {line.reference}")
    with st.container(border=True, width=forms.FORM_WIDTH, gap="xsmall"):
        navigation.case_link(line.reference, f"Open {line.reference}")
        st.markdown(f"**{line.stage.label}** · agrees to: {_channels(words, line.channels or ())}")
        for why in _in_the_way(line):
            st.markdown(f":orange-badge[:material/block: Stopped] {why}")
        for channel in line.to_take_down:
            _take_down(words, line, channel)
        st.markdown("\n".join(f"- {_step(words, step)}" for step in line.steps))
        if not list(_in_the_way(line)):
            _next(person, words, line)
        if line.stage not in OVER:
            fold("Withdraw the story", lambda: _withdraw(line), about=f"story_{line.id}")


def _in_the_way(line: StoryLine) -> Iterator[str]:
    if line.channels is None:
        yield NOT_AGREED
    if line.blocked:
        yield BLOCKED


def _step(words: Reference, step: Step) -> str:
    on = f", {_channels(words, [step.channel])}" if step.channel else ""
    note = f"  \n  :gray[{text.plain(step.note)}]" if step.note else ""
    return f"{step.stage.label}{on} · {text.plain(step.by)}, {text.moment(step.at)}{note}"


def _channels(words: Reference, channels: Iterable[str]) -> str:
    known = words.terms[CHANNELS]
    return ", ".join(text.plain(known.get(one, one)).lower() for one in channels) or "no channel yet"


def _next(person: Person, words: Reference, line: StoryLine) -> None:
    about = f"story_{line.id}"
    for stage in NEXT.get(line.stage, ()):
        back = stage is StoryStage.DRAFT and line.stage is not StoryStage.INTERVIEW
        label = "Back to be written anew" if back else f"Next: {stage.label[:1].lower()}{stage.label[1:]}"
        if stage in CHECKS and line.drafted_by_me:
            st.caption("You wrote the draft, so somebody else does the next check.")
        elif stage is not StoryStage.LEGAL or person.is_lead:
            fold(label, lambda stage=stage: _move(line, stage), about=about)  # type: ignore[misc]
    left = [channel for channel in line.channels or () if channel not in line.published]
    if line.stage in MAY_PUBLISH and person.is_lead:
        if left:
            fold("Record that it was published", lambda: _publish(words, line, left), about=about)
        else:
            st.caption("The doctor has agreed to no other channel. Ask for each by itself.")


def _move(line: StoryLine, stage: StoryStage) -> None:
    if asked := ASKS.get(stage):
        st.caption(asked)
    with forms.form(f"story_{line.id}_{stage}", border=False) as form:
        note = form.area("note", "What was looked at, or done", required=stage in CHECKS)
        form.submit("Save")
    about: Fields = {"reference": line.reference, "story_id": line.id, "seen_version": line.version}
    form.save(move_story, "Saved.", **about, stage=stage, note=note)


def _publish(words: Reference, line: StoryLine, channels: list[str]) -> None:
    known = words.terms[CHANNELS]
    with forms.form(f"story_publish_{line.id}", border=False) as form:
        channel = form.choice("channel", "Where", channels, words=known.get, required=True)
        form.submit("It is published there")
    about: Fields = {"reference": line.reference, "story_id": line.id, "seen_version": line.version}
    form.save(publish_story, "Recorded.", **about, channel=channel or "")


def _take_down(words: Reference, line: StoryLine, channel: str) -> None:
    st.warning(f"The doctor took this back: {_channels(words, [channel])}. Take it down.", icon=":material/flag:")
    with forms.form(f"story_down_{line.id}_{channel}", border=False) as form:
        note = form.text("note", "What was done")
        form.submit("It is taken down")
    form.save(take_down_story, "Recorded.", reference=line.reference, story_id=line.id, channel=channel, note=note)


def _withdraw(line: StoryLine) -> None:
    with forms.form(f"story_withdraw_{line.id}", border=False) as form:
        why = form.text("reason", "Why", required=True)
        form.submit("Withdraw", main=False)
    form.save(withdraw_story, "Withdrawn.", reference=line.reference, story_id=line.id, reason=why)
