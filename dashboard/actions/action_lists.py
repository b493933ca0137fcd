"""Actions across cases and on one case, each with what can be done about it."""

from collections.abc import Hashable, Iterator

import streamlit as st

from dashboard import store
from dashboard.actions import action_forms
from dashboard.ui import case_list, forms, navigation, one_tap, text
from dashboard.ui.case_list import Button, CaseLine, Part, Pressed
from dashboard.ui.options import told_apart
from db import clock
from db.choices import OPEN_STAGES, Stage
from db.commands.actions import add_action
from db.queries.actions import ActionFilters, ActionPage, ActionRow
from db.queries.case_detail import CaseDetail
from db.queries.session import Person
from db.rules.actions import DECIDE, ActionDue, Whosever
from db.rules.words import many, noun

WIDTH = 200


def _first_page() -> None:
    st.session_state["actions_page"] = 1


def filters(person: Person) -> ActionFilters:
    """Whose, by when and at which stage; a lead may also choose the owner."""
    told = {Whosever.EVERYBODY: "Everybody’s" if person.is_lead else "On my cases"}
    whose = st.radio(
        "Whose",
        [Whosever.MINE, Whosever.EVERYBODY, *([Whosever.AWAY] if person.is_lead else [])],
        key="actions_whose",
        bind="query-params",
        on_change=_first_page,
        horizontal=True,
        format_func=lambda whose: told.get(whose, whose.label),
    )
    due = st.selectbox(
        "Due",
        list(ActionDue),
        index=None,
        key="actions_due",
        bind="query-params",
        on_change=_first_page,
        format_func=lambda due: due.label,
        placeholder="Any day",
        width=WIDTH,
    )
    owner = None
    # Folded, so that the first action is in view on a phone.
    with st.expander("More filters"), st.container(horizontal=True, gap="small"):
        stages = st.multiselect(
            "Stage",
            [stage.value for stage in OPEN_STAGES],
            key="actions_stage",
            bind="query-params",
            on_change=_first_page,
            format_func=lambda code: Stage(code).label,
            placeholder="Any",
            width=WIDTH,
        )
        if person.is_lead and whose is Whosever.EVERYBODY:
            people = store.caseworkers(person)
            owner = st.selectbox(
                "Owner",
                list(people),
                index=None,
                key="actions_owner",
                bind="query-params",
                on_change=_first_page,
                format_func=told_apart(people, lambda id: people.get(id, "?")),
                placeholder="Anybody",
                width=WIDTH,
            )
    page = int(st.session_state.get("actions_page") or 1)
    return ActionFilters(Whosever(whose), owner, due, tuple(Stage(code) for code in stages), page)


def listed(person: Person, page: ActionPage, rows: list[ActionRow]) -> None:
    """A page of actions, by date; `rows` are those on it and those done on it."""
    overdue = f", **{page.late:,}** of them overdue" if page.late else ""
    st.caption(f"**{page.total:,}** {noun(page.total, 'action')}{overdue}, by date")
    # Above the list, because a refusal below fifty rows would be seen by nobody.
    told = st.container()
    lines = [_line(person, row) for row in rows]
    pressed = case_list.show(lines, key="actions_list", label="Actions, by date")
    if page.pages > 1:
        st.pagination(page.pages, key="actions_page", bind="query-params", width="stretch")
    if pressed is not None:
        with told:
            _act(person, pressed, rows)
    action_forms.over_the_page(person, rows)


def _line(person: Person, row: ActionRow) -> CaseLine:
    done = one_tap.tapped(action_forms.mark(row.id))
    late = row.due_on < clock.today()
    until = text.until(row.due_on)
    due = Part(f"{until[:1].upper()}{until[1:]}", "soft" if done else "late" if late else "strong")
    note = f"“{row.offer_note}”" if row.offer_note and row.offer_to_id == person.id else ""
    return CaseLine(
        reference=row.reference,
        head=(Part(f"✓ {row.text}" if done else row.text),),
        facts=(due, *(Part(words) for words in _around(person, row))),
        aside=((Part(row.reference), Part(row.stage.label)),),
        note=note,
        buttons=tuple(_buttons(person, row)),
        done=done,
    )


def _buttons(person: Person, row: ActionRow) -> Iterator[Button]:
    on, mark = f"on {row.reference}: {row.text}", action_forms.mark(row.id)
    done = one_tap.tapped(mark)
    if row.offer_id is not None and row.offer_to_id == person.id:
        yield Button(_name("accept", row), "Accept", f"Accept the action {on}")
        yield Button(_name("decline", row), "Decline", f"Decline the action {on}")
        return
    if done:
        yield Button(_name("undo", row), "Undo", f"Undo, {on}", is_apart=True)
    if row.text == DECIDE:
        yield Button(_name("decide", row), "Decide", f"Decide {on}")
        yield Button(_name("move", row), "Move", f"Move to a later day, {on}")
        return
    yield Button(_name("done", row), "Done", f"Done {on}", is_spent=done)
    yield Button(_name("move", row), "Move", f"Move to a later day, {on}", is_spent=done)
    if row.offer_id is not None:
        yield Button(_name("back", row), "Take back", f"Take back the offer {on}", is_spent=done)
    else:
        yield Button(_name("hand", row), "Hand over", f"Hand over {on}", is_spent=done)


def _name(what: str, row: ActionRow) -> str:
    """A case may be on the list more than once, so the name of a button says which action it is for."""
    return f"{what}-{store.public_id('action', row.id)}"


def _act(person: Person, pressed: Pressed, rows: list[ActionRow]) -> None:
    what = pressed.name.partition("-")[0]
    row = next(row for row in rows if _name(what, row) == pressed.name)
    if what == "undo":
        one_tap.undo(action_forms.mark(row.id))
    elif not one_tap.is_steady():
        return
    elif what == "decide":
        navigation.open_case(row.reference, navigation.TEAM)
    elif what == "done":
        action_forms.done(row.reference, row.id, row.text, is_last=row.is_last)
    elif what == "back":
        action_forms.take_back(row)
    elif what == "accept":
        action_forms.take_on(person, row.reference, row.offer_id or 0)
    elif what == "decline":
        action_forms.open_form(action_forms.DECLINE, row.offer_id or 0)
    else:
        action_forms.open_form(what, row.id)


def in_place(name: Hashable, rows: list[ActionRow]) -> list[ActionRow]:
    """The rows, with those that were done since the page was opened where they were."""
    return one_tap.in_place(name, rows, lambda row: action_forms.mark(row.id))


def one(person: Person, row: ActionRow) -> None:
    """The action, whose it is, and what can be done about it."""
    around = " · ".join(text.plain(words) for words in _around(person, row))
    if one_tap.tapped(action_forms.mark(row.id)):
        st.markdown(f":gray[:material/check: {text.plain(row.text)}  \n{around}]")
    else:
        st.markdown(f"{text.plain(row.text)}  \n:gray[{around}]")
    if row.offer_note and row.offer_to_id == person.id:
        st.caption(f"“{text.plain(row.offer_note)}”")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        action_forms.controls(person, row)
    action_forms.panel(person, row)


def when(row: ActionRow) -> str:
    if row.due_on < clock.today():
        return f":orange-badge[{text.due(row.due_on)}]"
    return f":gray-badge[{text.until(row.due_on)}] {text.day(row.due_on)}"


def _around(person: Person, row: ActionRow) -> list[str]:
    """Whose it is, and what has become of it."""
    parts = []
    if row.owner_id != person.id:
        parts.append(f"{row.owner}, away until {text.day(row.away_until)}" if row.away_until else row.owner)
    if row.moved:
        parts.append("moved once" if row.moved == 1 else f"moved {many(row.moved, 'time')}")
    if row.offer_to:
        parts.append(f"offered to {'you' if row.offer_to_id == person.id else row.offer_to}")
    if row.is_last:
        parts.append("the only action on its case")
    return parts


def of_case(person: Person, case: CaseDetail) -> None:
    """The open actions of a case, a form to add one, and those that have ended."""
    found = store.case_actions(person, case.reference)
    text.heading("Actions")
    for row in in_place(("actions", case.reference), found.open):
        with st.container(border=True, width=forms.FORM_WIDTH, gap="xsmall"):
            st.markdown(when(row))
            one(person, row)
            for move in found.moves.get(row.id, []):
                days = f"{text.day(move.from_on)} → {text.day(move.to_on)}"
                st.caption(f"{days}, {text.plain(move.by)}: {text.plain(move.reason)}")
    if not case.stage.is_open:
        st.caption("This case has ended. There is nothing left to do.")
    else:
        with st.expander("Add an action", icon=":material/add:"):
            with forms.form(f"add_action_{case.reference}", case=case, border=False) as form:
                fields = action_forms.next_action(form, person, case.reference, label="What needs to be done")
                form.submit("Add action")
            form.save(add_action, "Action added.", **fields)
    if found.ended:
        with st.expander("Earlier actions"):
            for line in found.ended:
                by = f" by {text.plain(line.by)}" if line.by else ""
                how = f"{line.ended_how.label}{by}, {text.moment(line.done_at)}"
                st.markdown(f"{text.plain(line.text)}  \n:gray[{text.plain(line.owner)} · {how}]")
