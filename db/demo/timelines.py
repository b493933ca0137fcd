"""Six invented stories of the kinds that public timelines tell (docs/domain.md §8), event by event. Days count back
from today. Each event stands where the record has a place for it, and none is a note.
"""

from dataclasses import dataclass, field

from db.choices import Evidence, YesNo
from db.rules.facts import FactKind

TELL_THE_GMC = "POLICE-TELL-GMC-1WD"


@dataclass(frozen=True)
class Began:
    """A process begins, or is known from, one of its stages. `key` is what later events call it."""

    ago: int
    key: str
    process: str
    stage: str
    body: str = "employer"


@dataclass(frozen=True)
class Reached:
    """A process reaches a stage."""

    ago: int
    key: str
    stage: str


@dataclass(frozen=True)
class Came:
    """What a process came to. `lasts` and `review` are days from then; `changes` is which earlier outcome of the same
    process it replaces, reverses or sends back."""

    ago: int
    key: str
    outcome: str
    lasts: int | None = None
    review: int | None = None
    changes: int | None = None
    ended: bool = False
    threat: YesNo | None = None
    secret: YesNo | None = None
    note: str = ""


@dataclass(frozen=True)
class Met:
    """A deadline of ours that a rule gave was met."""

    ago: int
    rule: str


@dataclass(frozen=True)
class Was:
    """A fact. `after` is the `name` of the concern that a detriment follows."""

    ago: int
    kind: FactKind
    code: str | None
    note: str = ""
    examined: tuple[str, ...] = ()
    name: str = ""
    after: str = ""


@dataclass(frozen=True)
class Touched:
    """A ground, and the process it touched."""

    ground: str
    key: str


@dataclass(frozen=True)
class Found:
    ago: int
    code: str
    key: str
    evidence: Evidence
    note: str


Event = Began | Reached | Came | Met | Was | Touched | Found


@dataclass(frozen=True)
class Timeline:
    """One doctor's story. `links` are others of these, by name, and how they belong together."""

    name: str
    grade: str
    specialty: str
    summary: str
    events: tuple[Event, ...]
    links: tuple[tuple[str, str], ...] = field(default=())


def _story(
    name: str, grade: str, specialty: str, summary: str, *events: Event, links: tuple[tuple[str, str], ...] = ()
) -> Timeline:
    return Timeline(name, grade, specialty, summary, events, links)


TRIAL = _story(
    "trial",
    "associate_specialist",
    "anaesthesia_icm",
    "A death after a transfer at night; a trial, erasure, and the way back to the register.",
    Was(
        3900, FactKind.CIRCUMSTANCE, "known_hazard", "The transfer list had been reported as unsafe twice.", ("nobody",)
    ),
    Was(3900, FactKind.CIRCUMSTANCE, "staffing", "One of three on duty.", ("employer", "coroner")),
    Was(3900, FactKind.CIRCUMSTANCE, "equipment", "The monitor had no battery.", ("coroner",)),
    Began(3890, "inquest", "INQ", "REPORT", body="coroner"),
    Began(3870, "safety", "PSII", "REVIEW"),
    Came(3700, "safety", "REPORTED", ended=True),
    Began(3600, "police", "POLICE", "INTERVIEW", body=""),
    Reached(3300, "police", "CHARGE"),
    Met(3299, TELL_THE_GMC),
    Began(3290, "gmc", "GMC", "TRIAGE", body="gmc"),
    Began(3280, "mpts", "MPTS", "IOT", body="mpts"),
    Came(3275, "mpts", "IO-SUSPENSION", lasts=540, review=180),
    Reached(3000, "police", "TRIAL"),
    Came(2980, "police", "CONVICTED"),
    Met(2979, TELL_THE_GMC),
    Reached(2960, "police", "SENTENCE"),
    Came(2955, "police", "SENTENCED", lasts=365),
    Came(2800, "gmc", "GMC-TO-MPTS", ended=True),
    Reached(2700, "mpts", "HEARING-SANCTION"),
    Came(2691, "mpts", "IO-REVOKED", changes=1),
    Came(2690, "mpts", "ERASURE"),
    Reached(2670, "mpts", "APPEAL-DOCTOR"),
    Came(2500, "mpts", "APPEAL-DISMISSED"),
    Came(2450, "inquest", "INQ-CONCLUDED"),
    Came(2440, "inquest", "INQ-PFD", ended=True),
    Was(2400, FactKind.IMPACT, "left_medicine"),
    Reached(800, "mpts", "RESTORATION"),
    Came(760, "mpts", "RESTORATION-REFUSED"),
    Came(30, "mpts", "RESTORED", changes=3, ended=True),
    Found(3700, "S01", "safety", Evidence.DOCUMENTED, "The review counted one of three on duty."),
)
TRAINEE = _story(
    "trainee",
    "st3_8",
    "emergency",
    "A trainee speaks up about cover at night, loses the number, and settles after a threat of costs.",
    Was(2300, FactKind.CONCERN, "manager", "No senior cover at night.", name="first"),
    Began(2290, "speaking", "FTSU", "RAISED"),
    Was(2250, FactKind.CONCERN, "training", "The same, to the training office.", name="second"),
    Was(2210, FactKind.DETRIMENT, "training", "The supervisor’s report changed after it was signed.", after="first"),
    Began(2200, "arcp", "ARCP", "OUTCOME-ISSUED", body="deanery"),
    Reached(2180, "arcp", "APPEAL-STAGE-1"),
    Came(2140, "arcp", "ARCP-UPHELD", ended=True),
    Began(2130, "number", "TRAINING", "PROPOSED", body="deanery"),
    Came(2080, "number", "NUMBER-LOST", ended=True),
    Was(2080, FactKind.DETRIMENT, "dismissed", "The place in the programme was ended.", after="second"),
    Began(2060, "claim", "ET", "ACAS"),
    Reached(2010, "claim", "CLAIM"),
    Reached(1900, "claim", "PRELIMINARY"),
    Came(1890, "claim", "PRELIMINARY-LOST", note="Who the employer is: the training office was held not to be."),
    Reached(1870, "claim", "APPEAL"),
    Came(1500, "claim", "REVERSED", changes=1),
    Reached(1490, "claim", "REMITTED"),
    Reached(1200, "claim", "SETTLEMENT"),
    Came(1190, "claim", "SETTLED", threat=YesNo.YES, secret=YesNo.YES, ended=True),
    Was(1190, FactKind.IMPACT, "career_training"),
    Found(2210, "P03", "arcp", Evidence.DOCUMENTED, "The supervisor named in the concern wrote the report."),
)
ONE_WORD = _story(
    "one_word",
    "consultant",
    "surgery",
    "One word in a form was found dishonest; the court set the finding aside by consent.",
    Began(1500, "gmc", "GMC", "RULE-4", body="gmc"),
    Reached(1300, "gmc", "RULE-7"),
    Came(1200, "gmc", "GMC-TO-MPTS", ended=True),
    Began(1190, "mpts", "MPTS", "LISTING", body="mpts"),
    Reached(1000, "mpts", "HEARING-FACTS"),
    Reached(990, "mpts", "HEARING-SANCTION"),
    Came(985, "mpts", "SUSPENSION", lasts=90, review=70),
    Reached(970, "mpts", "APPEAL-DOCTOR"),
    Came(700, "mpts", "CONSENT-QUASHED", changes=1, ended=True),
    Was(960, FactKind.IMPACT, "reputation"),
    Was(985, FactKind.INDEMNITY, "discretionary"),
    Found(990, "P12", "mpts", Evidence.CONCEDED, "The regulator agreed that the word had been read out of its place."),
)
REGULATOR = _story(
    "regulator",
    "gp_salaried",
    "general_practice",
    "A claim that the regulator’s referral was discrimination: won, reversed, and sent back.",
    Began(2100, "gmc", "GMC", "TRIAGE", body="gmc"),
    Reached(2050, "gmc", "INVESTIGATION"),
    Came(1600, "gmc", "GMC-CLOSED", ended=True),
    Began(1580, "claim", "ET", "ACAS", body="gmc"),
    Reached(1530, "claim", "CLAIM"),
    Reached(1200, "claim", "HEARING"),
    Came(1150, "claim", "WON"),
    Reached(1130, "claim", "APPEAL"),
    Came(800, "claim", "REVERSED", changes=1),
    Reached(780, "claim", "SECOND-APPEAL"),
    Came(300, "claim", "SENT-BACK", changes=2),
    Reached(295, "claim", "REMITTED"),
    Touched("race", "gmc"),
    Touched("race", "claim"),
    Found(2050, "U01", "gmc", Evidence.REPORTED, "Colleagues in like circumstances were not referred."),
)
RELATIONSHIPS = _story(
    "relationships",
    "consultant",
    "medicine",
    "After concerns about safety the employer dismissed for a “breakdown of relationships”.",
    Was(1000, FactKind.CONCERN, "board", "Beds were opened without staff.", name="board"),
    Was(990, FactKind.POLICY, None, "Conduct and capability of doctors"),
    Began(940, "mhps", "MHPS", "SCREEN"),
    Was(940, FactKind.DETRIMENT, "investigated", "An investigation into manner began.", after="board"),
    Reached(930, "mhps", "EXCL-IMMEDIATE"),
    Was(930, FactKind.PAY, "basic"),
    Began(900, "review", "COLLEGE", "REQUESTED"),
    Came(780, "review", "REPORTED", ended=True),
    Came(700, "mhps", "NO-CASE", ended=True),
    Began(690, "dismissal", "SOSR", "PROPOSED"),
    Reached(660, "dismissal", "MEETING"),
    Came(650, "dismissal", "DISMISSED-RELATIONS"),
    Reached(640, "dismissal", "APPEAL"),
    Came(610, "dismissal", "APPEAL-DISMISSED", ended=True),
    Began(645, "claim", "ET", "INTERIM-RELIEF"),
    Came(630, "claim", "INTERIM-REFUSED"),
    Reached(600, "claim", "CLAIM"),
    Reached(250, "claim", "HEARING"),
    Came(230, "claim", "WON"),
    Reached(200, "claim", "REMEDY"),
    Came(120, "claim", "REMEDY", ended=True),
    Was(650, FactKind.IMPACT, "left_post"),
    Found(690, "P02", "dismissal", Evidence.DOCUMENTED, "The procedure for doctors was left for another ground."),
)
EVENT_FIRST = _story(
    "event_first",
    "st3_8",
    "obs_gynae",
    "One of three doctors after the same night: referred to the regulator.",
    Was(700, FactKind.CIRCUMSTANCE, "rota_gap", "The registrar’s shift was unfilled.", ("employer",)),
    Was(700, FactKind.CIRCUMSTANCE, "it_failure", "Results could not be seen for four hours.", ("nobody",)),
    Began(690, "safety", "PSII", "DECIDE"),
    Began(650, "gmc", "GMC", "TRIAGE", body="gmc"),
    Reached(500, "gmc", "RULE-7"),
    Touched("race", "gmc"),
)
EVENT_SECOND = _story(
    "event_second",
    "consultant",
    "obs_gynae",
    "One of three doctors after the same night: told to reflect, and nothing further.",
    Was(700, FactKind.CIRCUMSTANCE, "rota_gap", "The same night.", ("employer",)),
    Began(680, "mhps", "MHPS", "SCREEN"),
    Came(640, "mhps", "INFORMAL", ended=True),
    links=(("event_first", "same_event"), ("event_first", "comparator")),
)
EVENT_THIRD = _story(
    "event_third",
    "fy2",
    "obs_gynae",
    "One of three doctors after the same night: criticised at the inquest.",
    Was(700, FactKind.CIRCUMSTANCE, "supervision", "Nobody senior could be reached.", ("coroner",)),
    Began(695, "inquest", "INQ", "REPORT", body="coroner"),
    Reached(400, "inquest", "HEARING"),
    Came(395, "inquest", "INQ-CRITICISED", ended=True),
    links=(("event_first", "same_event"), ("event_second", "same_event")),
)
TIMELINES = (TRIAL, TRAINEE, ONE_WORD, REGULATOR, RELATIONSHIPS, EVENT_FIRST, EVENT_SECOND, EVENT_THIRD)
