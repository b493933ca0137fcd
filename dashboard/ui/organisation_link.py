"""From an organisation's name, wherever a lead sees one, to its page. Others see the name alone."""

from urllib.parse import quote

import streamlit as st

from dashboard.ui import navigation, text
from db.queries.session import Person

PAGE = "organisation"


def address(person: Person, code: str | None) -> str | None:
    """The address of its page; None for whoever has no such page, and for an organisation that is not matched."""
    return f"/{PAGE}?code={quote(code, safe='')}" if code and person.is_lead else None


def named(person: Person, name: str, code: str | None) -> str:
    """Its name as Markdown, within a sentence. The link opens beside the page one reads."""
    link, words = address(person, code), text.plain(name)
    return f"[{words}]({link})" if link else words


def show(person: Person, name: str, code: str | None, *, icon: str | None = ":material/apartment:") -> None:
    """Its name on a line of its own, which opens its page in place of this one."""
    if code and person.is_lead:
        st.page_link(navigation.FOLDER / f"{PAGE}.py", label=text.plain(name), icon=icon, query_params={"code": code})
    else:
        st.markdown(f"{icon or ''} {text.plain(name)}".strip())
