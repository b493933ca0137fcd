"""Status updates: saved once, kept when refused, never lost to somebody else's, and shown as they were typed."""

from playwright.sync_api import expect

from tests.browser.conftest import OpenTab
from tests.browser.tab import Tab

# Milliseconds that the button stays down at each click of two.
GAPS = (5, 10, 14, 18, 25, 60)
# Marks that turn the direction of text around are taken out when it is saved.
UNSEEN = str.maketrans("", "", "\u202c\u202e")
HOSTILE = (
    "<img src=x onerror=alert(1)><b>bold</b><script>alert(2)</script>",
    "# heading **stars** _under_ [link](https://example.org) ![img](https://example.org/x.png) `code` ~~gone~~",
    "$x^2$ $$\\frac{1}{2}$$ :red[red] :material/home: :smile: :red-badge[late]",
    "=HYPERLINK('https://example.org') +1 @SUM(A1) -2",
    "https://example.org www.example.org someone@example.org",
    "1. one | two | three > four --- & &amp; &lt; \\* {x}",
    "\u202etxet desrever\u202c \u0645\u0631\u062d\u0628\u0627 \U0001f468\u200d\u2695\ufe0f \u00e9",
)


def update_of(open_tab: OpenTab, case: str, as_: str = "volunteer") -> Tab:
    tab = open_tab(f"/case?ref={case}&do=update", as_=as_)
    expect(tab.button("Save update")).to_be_visible()
    return tab


def timeline(tab: Tab, text: str) -> int:
    """How many entries of the timeline hold that text."""
    tab.says(text)
    return tab.main.get_by_role("listitem").get_by_text(text).count()


def as_seen(text: str) -> str:
    return text.translate(UNSEEN)


def test_double_clicks_save_once_however_fast(open_tab: OpenTab, case: str) -> None:
    """Streamlit starts the second click's run while the first one may still be writing."""
    tab = update_of(open_tab, case)
    for gap in GAPS:
        tab.fill("What changed", f"Pressed twice at {gap} ms")
        tab.button("Save update").dblclick(delay=gap)
        expect(tab.field("What changed")).to_have_value("")
        tab.settle()
    tab.open(f"/case?ref={case}")
    assert [timeline(tab, f"Pressed twice at {gap} ms") for gap in GAPS] == [1] * len(GAPS)


def test_double_clicks_add_one_entry_however_fast(open_tab: OpenTab, case: str) -> None:
    tab = open_tab(f"/case?ref={case}", as_="volunteer")
    tab.expand("Add an entry")
    with tab.rerun():
        tab.pick("Kind of entry", "Note")
    for gap in GAPS:
        tab.fill("What happened", f"Noted twice at {gap} ms")
        tab.button("Add entry").dblclick(delay=gap)
        expect(tab.field("What happened")).to_have_value("")
        tab.settle()
    assert [timeline(tab, f"Noted twice at {gap} ms") for gap in GAPS] == [1] * len(GAPS)


def test_a_refused_form_keeps_what_was_typed(open_tab: OpenTab, case: str) -> None:
    tab = update_of(open_tab, case)
    tab.fill("What changed", "A sentence that must not be lost")
    tab.fill("Help wanted from the meeting", "Somebody who knows rotas")
    tab.pick("Contact with the doctor", "Tried, not reached")
    tab.fill("Next action", "")
    tab.press("Save update")
    tab.says("What happens next?")
    expect(tab.field("What changed")).to_have_value("A sentence that must not be lost")
    expect(tab.field("Help wanted from the meeting")).to_have_value("Somebody who knows rotas")
    expect(tab.main.get_by_role("radio", name="Tried, not reached")).to_be_checked()
    tab.fill("Next action", "Ring again on Monday")
    tab.press("Save update")
    expect(tab.field("What changed")).to_have_value("")
    assert timeline(tab, "A sentence that must not be lost") == 1


def test_a_look_at_another_tab_loses_nothing_typed(open_tab: OpenTab, case: str) -> None:
    tab = update_of(open_tab, case)
    tab.fill("What changed", "Half a sentence")
    tab.show("Processes")
    tab.show("Case")
    expect(tab.field("What changed")).to_have_value("Half a sentence")


def test_the_second_of_two_saves_sees_both_and_loses_nothing(open_tab: OpenTab, case: str) -> None:
    first, second = update_of(open_tab, case), update_of(open_tab, case, as_="lead")
    second.fill("What changed", "What the lead typed")
    second.fill("Next action", "What the lead plans")
    first.fill("What changed", "What the volunteer typed")
    first.fill("Next action", "What the volunteer plans")
    first.press("Save update")
    expect(first.field("What changed")).to_have_value("")

    second.press("Save update")
    second.says("Saved by somebody else just now:")
    for words in ("What the volunteer typed", "What the volunteer plans", "What the lead plans"):
        second.says(words)
    expect(second.field("What changed")).to_have_value("What the lead typed")
    expect(second.field("Next action")).to_have_value("What the lead plans")
    second.press("Save update")
    expect(second.field("What changed")).to_have_value("")
    assert timeline(second, "What the lead typed") == 1
    assert timeline(second, "What the volunteer typed") == 1


def test_what_was_typed_for_one_case_is_not_on_the_next(open_tab: OpenTab, case: str) -> None:
    tab = update_of(open_tab, case)
    tab.fill("What changed", "About the first case only")
    tab.page.get_by_role("link", name="My cases").click()
    expect(tab.heading()).to_have_text("My cases")
    tab.settle()
    other = next(reference for reference in tab.references() if reference != case)
    with tab.rerun():
        tab.main.locator(f'li[data-ref="{other}"]').get_by_role("link").first.click()
    tab.expand("Record an update")
    expect(tab.field("What changed")).to_have_value("")


def test_hostile_text_shows_as_it_was_typed(open_tab: OpenTab, case: str) -> None:
    tab = update_of(open_tab, case)
    tab.fill("What changed", "\n".join(HOSTILE))
    tab.fill("Next action", HOSTILE[0] + HOSTILE[2])
    tab.fill("Blocked by", HOSTILE[1])
    tab.press("Save update")
    expect(tab.field("What changed")).to_have_value("")
    panel = tab.main.locator(".st-key-case_timeline")
    tab.says("stars")
    shown = as_seen(panel.inner_text())
    assert [line for line in HOSTILE if as_seen(line) not in shown] == []
    expect(panel.locator("img:not([alt$=icon]), b, h1, h2, h3, code, del, ol, table, .katex")).to_have_count(0)
    expect(panel.get_by_role("link")).to_have_count(0)
    assert HOSTILE[0] + HOSTILE[2] in as_seen(tab.main.inner_text())
