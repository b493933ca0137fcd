"""For leads, on Home: open deadlines that a changed rule would move. Nothing moves until a lead says so."""

import streamlit as st

from dashboard import store
from dashboard.ui import forms, navigation, text
from db.commands.deadline_dates import answer_rule_change, answer_rule_changes
from db.queries.rule_changes import RuleChange
from db.queries.session import Person
from db.rules.words import many

SHOWN = 20


def found(person: Person) -> None:
    """A line with the count, which opens the list: to answer one by one, or all at once."""
    changes = store.rule_changes(person)
    if not changes:
        return
    would_move = f"{many(len(changes), 'open deadline')} would move"
    folded = st.expander(
        f"**{would_move}**: a time rule has changed", icon=":material/rule:", key="rule_changes", on_change="rerun"
    )
    if folded.open:
        with folded:
            _answers(changes)


def _answers(changes: list[RuleChange]) -> None:
    st.caption("No date moves by itself. Say for each whether to move or keep it. A line goes on each case.")
    for change in changes[:SHOWN]:
        with st.container(border=True):
            _one(change)
    if len(changes) > SHOWN:
        st.caption(f"{len(changes) - SHOWN} more will appear as these are answered.")
    if len(changes) > 1:
        _all(len(changes))


def _one(change: RuleChange) -> None:
    navigation.case_link(change.reference, f":material/event: **{change.reference}**")
    to = f"**{text.day(change.new_on)}**" if change.new_on else "**no rule covers that day any more**"
    by_hand = " It was changed by hand." if change.by_hand else ""
    rule = f" :gray[{text.plain(change.rule)}]" if change.rule != change.name else ""
    st.markdown(f"{text.plain(change.name)}: {text.day(change.due_on)} → {to}.{by_hand}{rule}")
    with forms.form(f"rule_change_{change.deadline_id}_{change.new_on}", border=False) as form:
        ways = [True, False] if change.new_on else [False]
        move = form.choice("move", "This date", ways, required=True, index=0, words=_way)
        why = form.text("reason", "Why it is kept", most=300, help="Required if you keep it.")
        form.submit("Answer")
    form.save(
        answer_rule_change,
        "Moved." if move else "Kept.",
        reference=change.reference,
        deadline_id=change.deadline_id,
        shown_on=change.new_on,
        move=bool(move),
        reason=why,
    )


def _all(count: int) -> None:
    with forms.form("rule_changes_all") as form:
        move = form.choice("move", "All of them", [True, False], required=True, index=0, words=_way)
        why = form.text("reason", "Why they are kept", most=300, help="Required if you keep them.")
        st.caption("If you move all, those changed by hand and those without a rule stay on this list.")
        form.submit("Answer for all")
    form.save(answer_rule_changes, "Answered.", many=count, move=bool(move), reason=why)


def _way(move: bool) -> str:
    return "Move to the date the rule now gives" if move else "Keep as it is"
