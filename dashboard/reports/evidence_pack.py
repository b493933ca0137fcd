"""What a released output rests on, as a file: its sentences, the released numbers behind them, and how they were made.

Everything in it comes from the release that was kept with the output, so that it can be made again later as it was.
"""

from dashboard import store
from dashboard.reports import examined_lines
from dashboard.reports.document import Document, Listed, Picture, Row, Section, marked
from dashboard.reports.written import written
from db.choices import Dimension
from db.downloads import About
from db.queries.heatmap import Heatmap
from db.queries.outputs import ClaimLine, OutputDetail
from db.queries.reference import Reference
from db.queries.session import Person
from db.rules.disclosure import FLOOR, LEGEND, MIN_BODIES, OUTSIDE_LOW
from db.rules.outputs import KINDS
from db.rules.words import day, many

EVERY_PERIOD = "all"
WIDTH, SCALE, BAR = 760, 2.0, 28
METHOD = (
    "Doctors wrote to the campaign of their own accord. What they say is coded by a volunteer from a published list of "
    "findings, each with how strong its evidence is; a finding is an assessment of one account.",
    f"Numbers are of distinct doctors, not of findings or cases. Fewer than {FLOOR} are never shown, and others are "
    f"rounded. A number from fewer than {MIN_BODIES} organisations is withheld. One lead reviewed, a second signed.",
    "A lesson is written from one case so that nobody can be recognised, and a second person agreed that nobody can.",
)
CAVEATS = (
    "These are cases brought to us, not a rate. They say nothing of how often something happens among all doctors.",
    "Who writes to us chose to. Groups, places and bodies can’t be compared by these numbers, and they show no cause.",
    "Some cases have several findings, so the numbers of two findings can’t be added.",
)


def named(about: About) -> str:
    return f"evidence-{about['sent_on']}.{about['form']}"


def made(person: Person, about: About) -> bytes:
    """Refuses whoever does not work on this output now."""
    detail = store.output_of(person, int(about["output"]))
    document = _document(person, detail, store.words(person))
    return written(document, about)


def _document(person: Person, detail: OutputDetail, words: Reference) -> Document:
    coded = sorted({code for claim in detail.claims for code in claim.released})
    table = _released(person, detail) if coded else None
    parts: list[Section | Listed] = [_claims(detail, words)]
    parts += [_numbers(table, coded, detail)] if table else []
    examined = _examined(person, detail)
    parts += [examined] if examined else []
    parts += [Listed("How this was made", METHOD), Listed("What it can’t show", CAVEATS), _again(detail)]
    return Document(
        title=detail.line.title,
        intro=tuple(_intro(detail, words)),
        picture=_picture(table, coded, detail) if table else None,
        parts=tuple(parts),
        mark=marked(person.name),
    )


def _intro(detail: OutputDetail, words: Reference) -> list[str]:
    line = detail.line
    kind = words.terms[KINDS].get(line.kind, line.kind)
    whom = f" For: {line.to_whom}." if line.to_whom else ""
    on = f" Released on {day(line.sent_on)}." if line.sent_on else ""
    told = [f"{kind}.{whom}{on}"]
    told.append(f"Every doctor behind a lesson had agreed to this use: “{detail.purpose.label}”.")
    if any(claim.withdrawn for claim in detail.claims):
        told.append(
            "Since it was released, a doctor’s consent was taken back or ran out. Ask the campaign before you use it."
        )
    return told


def _claims(detail: OutputDetail, words: Reference) -> Section:
    rows = tuple(Row(claim.text, (_rests_on(claim, words), _behind(claim, detail))) for claim in detail.claims)
    return Section("What it says", ("Rests on", "Doctors"), rows)


def _rests_on(claim: ClaimLine, words: Reference) -> str:
    return "\n".join([*claim.lessons, *(_finding(code, words) for code in claim.released)])


def _finding(code: str, words: Reference) -> str:
    return f"{code} {words.findings.get(code, ('', ''))[1]}".strip()


def _behind(claim: ClaimLine, detail: OutputDetail) -> str:
    """Of lessons no more than the rule asks for: an exact small number is nobody’s business outside."""
    told = [f"{many(detail.least, 'doctor')} or more, each agreed"] if claim.lessons else []
    told += [f"{code}: n = {number}" for code, number in claim.released.items() if number]
    return "\n".join(told)


def _released(person: Person, detail: OutputDetail) -> Heatmap:
    return store.released(person, detail.quarter, Dimension.BODY_KIND, EVERY_PERIOD, None)


def _numbers(table: Heatmap, coded: list[str], detail: OutputDetail) -> Section:
    """A row a kind of organisation: there are too many of them for columns."""
    cited = [(at, line) for at, line in enumerate(table.rows) if line.code in coded]
    rows = [Row("All", tuple(line.total for _, line in cited))]
    for place, column in enumerate(table.columns):
        cells = tuple(table.cells[at][place] for at, _ in cited)
        if any(cell != OUTSIDE_LOW for cell in cells):
            rows.append(Row(column.label, cells, is_part=True))
    named = ", ".join(f"{line.code} {line.label}" for _, line in cited)
    rest = f"Kinds of organisation with {OUTSIDE_LOW} of each are left out."
    columns = tuple(line.code for _, line in cited)
    return Section(f"Doctors, {_until(detail)}", columns, tuple(rows), f"{named}. {LEGEND} {rest}")


def _examined(person: Person, detail: OutputDetail) -> Section | None:
    """Only where the release that was kept with it has the table."""
    if not any(one.quarter == detail.quarter and one.has_examined for one in store.signed(person)):
        return None
    return examined_lines.section(store.released_examined(person, detail.quarter), _until(detail))


def _until(detail: OutputDetail) -> str:
    return f"all up to {detail.quarter[:4]} {detail.quarter[4:]}"


def _again(detail: OutputDetail) -> Listed:
    quarter = f"{detail.quarter[:4]} {detail.quarter[4:]}" if detail.quarter else "none"
    return Listed(
        "To make these figures again",
        (f"Release: {quarter}.", f"Fingerprint: {detail.fingerprint or 'none'}.", "A signed release never changes."),
    )


def _picture(table: Heatmap, coded: list[str], detail: OutputDetail) -> Picture | None:
    import vl_convert

    shown = [line for line in table.rows if line.code in coded and line.total.isdecimal()]
    if not shown:
        return None
    values = [{"finding": f"{line.code} {line.label}", "doctors": int(line.total)} for line in shown]
    axis = {"title": f"Doctors, rounded, {_until(detail)}", "tickMinStep": 5}
    place = {"field": "finding", "type": "nominal", "sort": "-x", "title": None, "axis": {"labelLimit": 320}}
    count = {"field": "doctors", "type": "quantitative", "axis": axis}
    number = {"mark": {"type": "text", "align": "left", "dx": 4}, "encoding": {"text": {"field": "doctors"}}}
    spec: dict[str, object] = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": "Cases brought to us, not a rate",
        "data": {"values": values},
        "width": WIDTH // 2,
        "height": {"step": BAR},
        "encoding": {"y": place, "x": count},
        "layer": [{"mark": {"type": "bar", "color": "#2E86AB", "size": 16}}, number],
    }
    words = "; ".join(f"{line.code} {line.label}: {line.total} doctors" for line in shown)
    return Picture(vl_convert.vegalite_to_svg(spec), vl_convert.vegalite_to_png(spec, scale=SCALE), words)
