"""The policy in a real browser: what a page could be talked into loading, running or being shown in is blocked.

That every page works under it, with nothing blocked and nothing asked of another host, is in test_every_page.py.
"""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Browsers
from tests.browser.server import Server

# Resolves with the directive that stopped what the body does, or with "nothing".
STOPPED = """body => new Promise(done => {
    document.addEventListener('securitypolicyviolation', event => done(event.effectiveDirective), {once: true});
    new Function(body)();
    setTimeout(() => done('nothing'), 3000);
})"""


@pytest.mark.parametrize(
    ("body", "directive"),
    [
        ("new Image().src = 'http://127.0.0.1:9/picture.png'", "img-src"),
        ("fetch('http://127.0.0.1:9/').catch(() => 0)", "connect-src"),
        ("try { new WebSocket('ws://127.0.0.1:9/') } catch {}", "connect-src"),
        (
            "const s = document.createElement('script'); s.text = 'window.ran = 1'; document.body.append(s)",
            "script-src",
        ),
        ("const f = document.createElement('iframe'); f.src = '/'; document.body.append(f)", "frame-src"),
        ("document.body.insertAdjacentHTML('beforeend', '<b onclick=\"0\">x</b>')", "script-src"),
        (
            "const b = document.createElement('base'); b.href = 'http://127.0.0.1:9/'; document.head.append(b)",
            "base-uri",
        ),
    ],
)
def test_what_a_page_is_talked_into_is_blocked(server: Server, browsers: Browsers, body: str, directive: str) -> None:
    with browsers.tab(server.url) as tab:
        tab.page.goto(server.url)
        stopped = tab.page.evaluate(STOPPED, body)
    assert stopped.startswith(directive)


def test_no_other_page_can_show_ours(server: Server, chromium: Browser) -> None:
    page = chromium.new_page()
    page.route(
        "http://elsewhere.test/",
        lambda route: route.fulfill(body=f"<iframe src='{server.url}/'></iframe>", content_type="text/html"),
    )
    page.goto("http://elsewhere.test/")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text("Sign in")).to_have_count(0)
    assert page.frames[1].url.startswith("chrome-error:")
    page.close()
