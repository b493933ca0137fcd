"""The pages of each role, and the frame around a page: banner, title, name, sign-out."""

import base64
import copy
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import parse_qsl, urlsplit

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from dashboard import auth, store
from dashboard.settings import ROOT
from dashboard.ui import text
from dashboard.ui.keeper import keeper
from db.choices import Role
from db.queries.session import Person

FOLDER = ROOT / "pages"
SET_UP = "set-up"
INBOX = "inbox"
CASEWORK = (Role.LEAD, Role.VOLUNTEER)
OVERSIGHT = (Role.LEAD, Role.OBSERVER)
EVERYONE = tuple(Role)
# What a page showed when a case or an organisation was opened from it, by its reference or code.
LEFT = "left_for_a_case"
# The case or organisation that the reader has just come back from.
CAME_FROM = "came_back_from"
# Search words are never in an address, so they are kept here until the reader comes back.
SEARCH = "queue_search"
ASTRAY = "There is no page at that address, or it is not one of yours. This is Home."
# Pages named after what they show, and the word of the query that says what that is.
NAMED_BY = {"case": "ref", "organisation": "code"}
# In an address beside a case: leads to its team, the care of the doctor and the conflict wall.
TEAM = "team"
TITLE = "Learn Not Blame casework"
DEMO = "Demonstration: everything is invented"
# Within the page: behind a proxy another server may be asked for what this one would keep at an address.
ICON = f"data:image/png;base64,{base64.b64encode((ROOT / 'dashboard' / 'icon.png').read_bytes()).decode()}"


@dataclass(frozen=True)
class Left:
    """The address of a page, and the words searched for on it."""

    query: dict[str, list[str]]
    search: str


# file, title, icon, roles, hidden, help
_PAGES: tuple[tuple[str, str, str, tuple[Role, ...], bool, str], ...] = (
    ("home", "Home", "home", EVERYONE, False, "What needs you today, most urgent first."),
    ("inbox", "Inbox", "notifications", CASEWORK, False, "What others did on your cases since you marked it as read."),
    ("my_cases", "My cases", "assignment_ind", CASEWORK, False, "Your own cases, each with a one-minute update."),
    ("actions", "Actions", "checklist", CASEWORK, False, "What needs doing across cases, by whom and by when."),
    ("queue", "Case queue", "inbox", CASEWORK, False, "Every open case you may see, with filters and search."),
    ("new_case", "New case", "add_circle", CASEWORK, False, "Record a new case from a doctor's first message."),
    ("case", "Case", "folder_open", CASEWORK, True, "One case: where it stands, what is next, by when."),
    ("meeting", "Meeting", "groups", CASEWORK, False, "The weekly meeting: agenda, decisions, minutes."),
    ("organisation", "Organisation", "apartment", (Role.LEAD,), True, "An organisation's cases, limits and findings."),
    ("workload", "Workload", "balance", CASEWORK, False, "Who has room, and which cases are unallocated."),
    ("heatmap", "Heatmap", "grid_on", EVERYONE, False, "Findings by place, grade, process and time."),
    ("learning", "Learning", "school", EVERYONE, False, "What cases taught, and what became of it."),
    ("leadership", "Leadership", "monitoring", OVERSIGHT, False, "How the casework stands, beside the time before."),
    ("people", "People", "group", (Role.LEAD,), False, "Volunteers: roles, hours, leave, employers."),
    ("same_doctor", "Same doctor?", "people_alt", (Role.LEAD,), False, "Cases that may be one doctor's: are they?"),
    ("access", "Access review", "policy", (Role.LEAD,), False, "Who looked at what, and what is unusual."),
    ("account", "Account", "person", EVERYONE, False, "Your password, your sign-ins, your time."),
)


def _page(file: str, title: str, icon: str, help: str, *, hidden: bool = False) -> StreamlitPage:
    # A copy, because Streamlit marks the page that may run.
    return copy.copy(_made_page(file, title, icon, help, hidden))


@functools.lru_cache(maxsize=256)
def _made_page(file: str, title: str, icon: str, help: str, hidden: bool) -> StreamlitPage:
    """Cached: Streamlit looks up each file on disk, which for a dozen pages takes longer than many queries."""
    return st.Page(
        FOLDER / f"{file}.py",
        title=title,
        icon=f":material/{icon}:",
        url_path=None if file == "home" else file.replace("_", "-"),
        default=file == "home",
        visibility="hidden" if hidden else "visible",
        help=help,
    )


def pages_for(person: Person) -> list[StreamlitPage]:
    """The pages of a role. A page not in this list cannot be opened; commands check the role again."""
    new = store.unread(person) + store.to_answer(person) if person.sees_cases else 0
    return [
        _page(file, f"{title} ({new})" if file == INBOX and new else title, icon, help, hidden=hidden)
        for file, title, icon, roles, hidden, help in _PAGES
        if person.role in roles
    ]


def signed_out() -> list[StreamlitPage]:
    """The same addresses before sign-in, so that a deep link and its filters survive it."""
    every = [_page(file, title, icon, help) for file, title, icon, _, _, help in _PAGES]
    return [*every, _page("set_up", "Set up your account", "key", "Set your password with a one-time link.")]


def welcome() -> None:
    st.title(TITLE)
    st.caption(f"For volunteers of the campaign. Everything you open here is logged.{auth.cookie_picture()}")


def side(person: Person) -> None:
    with st.sidebar:
        # In the sidebar, where it takes no room from the page; first, where a page that waits for the database has it.
        keeper.mount(person)
        # Here because no page moves these words: the picture takes no room and is loaded once.
        st.caption(f"{text.plain(person.name)} · {person.role.label}{auth.cookie_picture()}")
        if st.button("Sign out", key="sign_out", icon=":material/logout:", width="stretch"):
            auth.sign_out()
            st.rerun()


def frame(person: Person, page: StreamlitPage) -> None:
    side(person)
    with st.container(horizontal=True, vertical_alignment="center"):
        if page.url_path not in NAMED_BY:
            st.title(page.title, width="content", anchor=False)
        if person.is_demo:
            st.markdown(f":blue-badge[:material/science: {DEMO}]", width="content")
    if _is_astray(person):
        st.info(ASTRAY, icon=":material/wrong_location:")


def _is_astray(person: Person) -> bool:
    """Whether the address has no page of theirs: Streamlit then shows Home, and says nothing of it."""
    asked = urlsplit(st.context.url or "").path.rpartition("/")[2].replace("-", "_")
    return bool(asked) and not any(asked == file and person.role in roles for file, _, _, roles, _, _ in _PAGES)


def open_case(reference: str, do: str = "") -> None:
    """`do` leads to a part of it, or to a form."""
    _open("case", "ref", reference, {"do": do} if do else {})


def open_address(address: str) -> None:
    """Goes to one of this app's own addresses, of a page that is named by one word of the query."""
    parts = urlsplit(address)
    [(name, value)] = parse_qsl(parts.query)
    _open(parts.path.strip("/"), name, value)


def _open(file: str, name: str, value: str, more: Mapping[str, str] = MappingProxyType({})) -> None:
    """Streamlit first replaces the query of the page being left with that of the next, and the browser's Back leads to
    that address. So the filters of that page are kept for `come_back`."""
    left: dict[str, Left] = st.session_state.setdefault(LEFT, {})
    query = {each: st.query_params.get_all(each) for each in st.query_params if each not in NAMED_BY.values()}
    left[value] = Left(query, st.session_state.get(SEARCH, ""))
    st.switch_page(FOLDER / f"{file}.py", query_params={name: value, **more})


def come_back(page: StreamlitPage) -> None:
    """After Back from a case or an organisation: restores the page as it was left, with its filters and its own
    address."""
    asked = next((st.query_params[name] for name in NAMED_BY.values() if name in st.query_params), None)
    if page.url_path in NAMED_BY or asked is None:
        return
    left = st.session_state.get(LEFT, {}).get(asked, Left({}, ""))
    if left.search:
        st.session_state[SEARCH] = left.search
    st.session_state[CAME_FROM] = asked
    # While the browser goes back, this replaces the address it came to instead of adding one.
    st.switch_page(page, query_params=left.query)


def came_from() -> str:
    """The reference of the case that the reader last came back from, for a list to give its row the focus again."""
    return str(st.session_state.get(CAME_FROM, ""))


def case_link(reference: str, label: str | None = None, **query: str) -> None:
    """A link to a case that mouse, keyboard and touch can all follow."""
    st.page_link(FOLDER / "case.py", label=label or reference, query_params={"ref": reference, **query})


def queue_link(label: str, *, help: str, **query: str | list[str]) -> None:
    st.page_link(FOLDER / "queue.py", label=label, query_params=query, help=help)


def my_cases_link(label: str) -> None:
    st.page_link(FOLDER / "my_cases.py", label=label, icon=":material/edit_note:")
