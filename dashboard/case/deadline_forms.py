"""The forms about deadlines: add by rule or by hand, update, change a date, pause the clock, stop reviews."""

from datetime import date

import streamlit as st

from dashboard import store
from dashboard.ui import forms, nations, text
from dashboard.ui.fields import NO_PATIENTS
from dashboard.ui.forms import Form
from dashboard.ui.options import at_once, sole
from db import clock
from db.choices import HARD_KINDS, Certainty, DeadlineKind, Whose
from db.commands.deadline_dates import move_deadline, pause_deadline
from db.commands.deadlines import add_deadline, change_deadline
from db.commands.reviews import end_reviews
from db.queries.case_detail import CaseDetail
from db.queries.case_parts import CaseDeadline
from db.queries.reference import Reference
from db.queries.session import Person
from db.rules.days import LAST
from db.rules.nations import is_offered, named
from db.rules.time_rules import Rule, Rules, WorkedOut, counted_from, in_force, in_words, work_out

DAYS = (date(1990, 1, 1), LAST)
MUST_NOT = "A date the doctor must not miss"
MUST_NOT_HELP = (
    "For example a conduct appeal by local policy. It is then at risk, like a statutory one, until a plan is confirmed."
)
MARKS = {True: "Yes", False: "No"}
HAND, PAUSE, LIFTED = "Change the date by hand", "Clock paused or restarted", "Exclusion lifted: stop reviews"


def _round(case: CaseDetail) -> str:
    return f"deadline_round_{case.reference}"


def new_deadline(person: Person, case: CaseDetail) -> None:
    """Rule and day come first, outside the form, so that the working-out is read before anything is saved."""
    words = store.words(person)
    rules, key = words.rules, f"{case.reference}_{st.session_state.get(_round(case), 0)}"
    code = _choose_rule(case, words, key)
    rule = rules[code] if code else None
    days: dict[str, date | None] = {"trigger_on": None, "sent_on": None, "received_on": None}
    out = None
    if rule:
        sure = "" if rule.certainty == Certainty.CONFIRMED else " **Unconfirmed.**"
        st.caption(
            f"{text.plain(rule.text)} Source: {text.plain(rule.source)}, checked {text.day(rule.checked_on)}.{sure}"
        )
        days = _days(rule, key)
        if days["trigger_on"]:
            out = work_out(rules, rule.code, days["trigger_on"], nation=case.nation)
            if out is None:
                _not_in_force(rules, rule, days["trigger_on"])
                return
            _working_out(out, days["trigger_on"], case.nation)
    _add_form(person, case, rule, out, days)


def _choose_rule(case: CaseDetail, words: Reference, key: str) -> str | None:
    """Offers the rules of the case's processes in force on the day chosen, or today; for a case without any, all of the
    nation. The later of two regimes is never offered: it is shown beside the earlier."""
    rules = words.rules
    chosen = st.session_state.get(f"rule_{key}")
    day = next((on for name in ("trigger", "received", "sent") if (on := st.session_state.get(f"{name}_{key}"))), None)
    day = day if isinstance(day, date) else clock.today()
    facing = set(case.process_codes)
    fit = [r for r in rules.values() if r.code == chosen or (in_force(r, day) and not _is_other(rules, r, day))]
    options = [rule.code for rule in fit if rule.process in facing]
    if not options:
        has = nations.has_others(words, case.nation)
        others = has and st.checkbox(nations.OTHERS, key=f"rule_others_{key}")
        of = nations.offered(words, case.nation, [rules[chosen].process] if chosen in rules else (), others=others)
        options = [rule.code for rule in fit if rule.process in of]
    code: str | None = st.selectbox(
        "Rule",
        options,
        index=None,
        key=f"rule_{key}",
        placeholder="No rule: I know the date",
        format_func=lambda code: _rule_label(words, code, case.nation),
    )
    return code if code in rules else None


def _rule_label(words: Reference, code: str, nation: str) -> str:
    rule = words.rules.get(code)
    if rule is None:
        return code
    scope = words.scopes.get(rule.process, ())
    return f"{rule.process}: {rule.label}{'' if is_offered(scope, nation) else f' (only {named(scope)})'}"


def _is_other(rules: Rules, rule: Rule, day: date) -> bool:
    """Whether a rule of the other regime is in force on that day too."""
    return rule.alternative_to is not None and in_force(rules[rule.alternative_to], day)


def _days(rule: Rule, key: str) -> dict[str, date | None]:
    """The day it counts from: given, or worked out from when the letter was sent and received."""
    if rule.counts_by is None:
        return {"trigger_on": _day(f"Counts from: {rule.counts_from}", f"trigger_{key}")}
    st.caption(f"Counts from {text.plain(rule.counts_from)}.")
    with st.container(horizontal=True):
        sent, received = _day("Sent on", f"sent_{key}"), _day("Received on", f"received_{key}")
    counted = counted_from(rule, sent, received)
    if counted:
        st.caption(f"Counted from **{text.day(counted[0])}**: {counted[1]}.")
    return {"trigger_on": counted[0] if counted else None, "sent_on": sent, "received_on": received}


def _day(label: str, key: str) -> date | None:
    got = st.date_input(label, None, *DAYS, key=key, format="DD/MM/YYYY", width=340)
    return got if isinstance(got, date) else None


def _not_in_force(rules: Rules, rule: Rule, day: date) -> None:
    same = [r for r in rules.values() if (r.process, r.stage) == (rule.process, rule.stage) and in_force(r, day)]
    others = f" In force then: {'; '.join(text.plain(r.label) for r in same)}." if same else ""
    st.warning(f"That rule was not in force on {text.day(day)}.{others} Choose one that was.")


def _working_out(out: WorkedOut, trigger: date, nation: str) -> None:
    left = "already past" if out.due_on < clock.today() else text.until(out.due_on)
    st.markdown(
        f":material/calculate: {text.plain(in_words(out.rule, trigger, out.rule_due_on, nation=nation))} "
        f"Working date: **{text.day(out.due_on)}** ({left})."
    )
    if out.may_apply:
        other, on = out.may_apply
        st.caption(f"May apply: {text.plain(other.label)}, {text.day(on)}. {text.plain(other.text)}")


def _add_form(
    person: Person, case: CaseDetail, rule: Rule | None, out: WorkedOut | None, days: dict[str, date | None]
) -> None:
    with forms.form(f"deadline_{case.reference}_{rule.code if rule else None}", case=case) as form:
        named = rule.label if rule else ""
        name = form.text("name", "Name", required=rule is None, value=named, most=200, help=NO_PATIENTS)
        other = "A different date from the rule’s" if rule else "Due"
        due = form.day("due_on", other, required=rule is None)
        why = form.text("reason", "Why a different date", help="Required with a different date.") if rule else ""
        kind = DeadlineKind.LOCAL if rule else form.choice("kind", "Kind", list(DeadlineKind), required=True, index=0)
        whose = Whose.OURS if rule else form.choice("whose", "Whose", list(Whose), required=True, index=0)
        process = _which_process(form, person, case, rule)
        hearing = form.tick("is_hearing", "This is a hearing")
        can_be_marked = rule is None or (rule.whose == Whose.OURS and rule.kind not in HARD_KINDS)
        must_not = can_be_marked and form.tick("must_not_miss", MUST_NOT, help=MUST_NOT_HELP)
        confirmed = form.text(
            "confirmed_by", "Date confirmed by", help="The BMA, an MDO or a solicitor, if they have.", most=200
        )
        if rule and out is None:
            st.caption("Enter the day it counts from, above, to see the date before you save.")
        st.caption("Confirm this working date with the BMA, an MDO or a solicitor. Volunteers are not lawyers.")
        form.submit("Add deadline")
    if form.save(
        add_deadline,
        "Deadline added.",
        name=name,
        due_on=due,
        kind=kind,
        whose=whose,
        rule=rule.code if rule else None,
        case_process_id=process,
        is_hearing=hearing,
        must_not_miss=must_not,
        confirmed_by=confirmed,
        reason=why,
        redraw=False,
        **days,
    ):
        # The fields outside the form are emptied with it.
        st.session_state[_round(case)] = st.session_state.get(_round(case), 0) + 1
        st.rerun()


def _which_process(form: Form, person: Person, case: CaseDetail, rule: Rule | None) -> int | None:
    reference = store.words(person)
    rows = {row.id: row for row in case.processes}
    same = [n for n, row in enumerate(case.processes) if rule and row.process == rule.process]
    chosen: int | None = form.choice(
        "case_process_id",
        "Process",
        rows,
        placeholder="The case as a whole",
        index=same[0] if same else None,
        words=lambda id: reference.processes[rows[id].process] if id in rows else "?",
        more=lambda id: text.since(rows[id].started_on) if id in rows else "?",
    )
    return chosen


def _choose(form: Form, live: dict[int, CaseDeadline]) -> int | None:
    chosen: int | None = form.choice(
        "deadline_id",
        "Deadline",
        live,
        required=True,
        index=at_once(live),
        words=lambda id: f"{text.day(live[id].due_on)}: {live[id].name}" if id in live else "Settled",
    )
    return chosen


def _live(case: CaseDetail) -> dict[int, CaseDeadline]:
    return {row.id: row for row in case.deadlines if not row.is_settled}


def settle_deadline(case: CaseDetail) -> None:
    live = _live(case)
    if not live:
        st.caption("No deadline is running.")
        return
    with forms.form(f"change_deadline_{case.reference}{sole(live)}", case=case) as form:
        chosen = _choose(form, live)
        met = form.day("met_on", "Met on", most=clock.today(), help="Once a review is met, the next one is added.")
        plan = form.text("plan", "Plan confirmed: who does what by when")
        confirmed = form.text("confirmed_by", "Date confirmed by", most=200)
        marked = form.choice(
            "must_not_miss", MUST_NOT, MARKS, words=MARKS.get, placeholder="As it is now", help=MUST_NOT_HELP
        )
        lapsed = form.text("lapsed_reason", "Or why it no longer applies")
        form.submit("Save deadline")
    form.save(
        change_deadline,
        "Deadline saved.",
        deadline_id=chosen,
        met_on=met,
        plan=plan,
        confirmed_by=confirmed,
        lapsed_reason=lapsed,
        must_not_miss=marked,
    )


def change_date(person: Person, case: CaseDetail) -> None:
    """By hand with a reason, by a pause of the clock, or by the end of reviews: only what fits the case's deadlines."""
    rules, live = store.words(person).rules, _live(case)
    pausable = {id: row for id, row in live.items() if (r := rules.get(row.rule or "")) and r.paused_by}
    repeated = {id: row for id, row in live.items() if (r := rules.get(row.rule or "")) and r.next_rule}
    running = {id: row for id, row in repeated.items() if not row.chain_ended_on}
    offered = {HAND: live, PAUSE: pausable, LIFTED: running}
    ways = [way for way, rows in offered.items() if rows]
    if not ways:
        st.caption("No deadline is running.")
        return
    way = st.segmented_control(
        "What happened",
        ways,
        default=ways[0],
        required=True,
        wrap=True,
        key=f"date_way_{case.reference}",
        format_func=text.one_of,
    )
    rows = offered.get(str(way)) or live
    {HAND: _by_hand, PAUSE: _paused, LIFTED: _lifted}[str(way)](case, rows)


def _by_hand(case: CaseDetail, live: dict[int, CaseDeadline]) -> None:
    with forms.form(f"move_deadline_{case.reference}{sole(live)}", case=case) as form:
        chosen = _choose(form, live)
        due = form.day("due_on", "New date", required=True)
        why = form.text("reason", "Why", required=True, help="For example: extended by a letter from the tribunal.")
        st.caption("The old date and your reason stay on show. If the old date was confirmed, the new one is not yet.")
        form.submit("Change date")
    form.save(
        move_deadline,
        "Date changed.",
        deadline_id=chosen,
        due_on=due,
        reason=why,
        seen_version=_seen(live, chosen),
    )


def _paused(case: CaseDetail, live: dict[int, CaseDeadline]) -> None:
    with forms.form(f"pause_deadline_{case.reference}{sole(live)}", case=case) as form:
        chosen = _choose(form, live)
        begun = form.day(
            "paused_from",
            "Paused from",
            required=True,
            most=clock.today(),
            help="Acas conciliation: the day Acas was notified. Access request: the day they asked for clarification.",
        )
        ended = form.day(
            "paused_to",
            "Paused until",
            most=clock.today(),
            help="Acas conciliation: the day of the certificate. Leave empty while it lasts.",
        )
        st.caption("While the clock is paused, the date shown stays the earlier one, without the pause.")
        form.submit("Save pause")
    form.save(
        pause_deadline,
        "Pause saved.",
        deadline_id=chosen,
        paused_from=begun,
        paused_to=ended,
        seen_version=_seen(live, chosen),
    )


def _lifted(case: CaseDetail, live: dict[int, CaseDeadline]) -> None:
    with forms.form(f"end_reviews_{case.reference}{sole(live)}", case=case) as form:
        chosen = _choose(form, live)
        lifted = form.day("lifted_on", "Lifted on", required=True, most=clock.today())
        st.caption("Reviews due before that day stay as they are. No further reviews are added.")
        form.submit("Stop reviews")
    form.save(end_reviews, "Reviews stopped.", deadline_id=chosen, lifted_on=lifted)


def _seen(live: dict[int, CaseDeadline], chosen: int | None) -> int:
    return live[chosen].version if chosen in live else 0
