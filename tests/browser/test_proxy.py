"""Two servers on one PostgreSQL behind a real Caddy with TLS, as docs/Caddyfile says. What is killed loses no word."""

import hmac
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from pathlib import Path

import pytest
from playwright.sync_api import expect

from db.demo import PASSWORD, build_demo
from tests.browser.conftest import Browsers, Watch, new_case
from tests.browser.server import COOKIE, ROOT, Server, serving
from tests.browser.tab import Tab
from tests.browser.test_cut_line import (
    BEFORE,
    DURING,
    HEAR_NOTHING,
    NO_SIGNAL,
    PACE,
    RECONNECTS,
    SOCKETS,
    said,
    save_arrives,
)
from tests.browser.test_one_minute import draft_arrives
from tests.conftest import open_database, upgrade_with_keys
from tests.postgres import postgres_url

CADDY = Path(sys.executable).parent / "caddy"
NGINX = shutil.which("nginx", path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin")))
# Browsers look for it on this machine, and servers answer to it only where they are told to.
NAME = "casework.localhost"
DOCUMENTED = "casework.example.org"
STICKS = "lnb_server"
OF_THE_TEST = """
	admin off
	persist_config off
	skip_install_trust
	default_bind 127.0.0.1
	http_port {http}
	https_port {https}
	servers {{
		protocols h1 h2
	}}
"""
HANG_UP = "window.deaf.forEach(one => one.close())"


class Site:
    """The proxy, and the servers behind it by their number: 0 and 1."""

    def __init__(self, folder: Path, database_url: str, used: ExitStack) -> None:
        self._folder, self._used = folder, used
        self.https, self.http, *self._ports = free_ports(4)
        self._told = {
            "DATABASE_URL": database_url,
            "PUBLIC_URL": f"https://{NAME}:{self.https}",
            "TRUSTED_PROXIES": "127.0.0.1",
        }
        with ThreadPoolExecutor() as both:
            self.servers = list(both.map(self._start, range(2)))
        file = folder / "Caddyfile"
        file.write_text(configuration(self._ports, https=self.https, http=self.http))
        used.enter_context(running_caddy(file, self.https))

    @property
    def url(self) -> str:
        return f"https://{NAME}:{self.https}"

    def _start(self, number: int) -> Server:
        folder = self._folder / str(number)
        folder.mkdir(exist_ok=True)
        return self._used.enter_context(serving(folder, port=self._ports[number], **self._told))

    def revive(self) -> None:
        """Starts again what a test has killed."""
        self.servers = [
            self._start(number) if server.was_killed.is_set() else server for number, server in enumerate(self.servers)
        ]

    def sticks_to(self, number: int) -> str:
        """What the proxy has a browser keep, to find its server again."""
        return hmac.digest(b"", f"127.0.0.1:{self._ports[number]}".encode(), "sha256").hex()

    def get(self, path: str, *, host: str = "", tls: bool = True) -> tuple[HTTPResponse, bytes]:
        connection: HTTPConnection = Straight(self.https) if tls else HTTPConnection("127.0.0.1", self.http, timeout=20)
        connection.request("GET", path, headers={"Host": host or f"{NAME}:{self.https}"})
        answer = connection.getresponse()
        return answer, answer.read()


class Straight(HTTPSConnection):
    """To this machine, whatever its resolver knows of the name."""

    def connect(self) -> None:
        self.sock = in_tls(self.port)

    def __init__(self, port: int) -> None:
        super().__init__(NAME, port)


def in_tls(port: int) -> ssl.SSLSocket:
    trusting = ssl._create_unverified_context()  # noqa: S323 - the certificate was made by this test's proxy
    plain = socket.create_connection(("127.0.0.1", port), timeout=20)
    return trusting.wrap_socket(plain, server_hostname=NAME)


def free_ports(number: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def configuration(servers: list[int], *, https: int, http: int) -> str:
    """The documented file, with this test's ports and name."""
    text = (ROOT / "docs" / "Caddyfile").read_text()
    for old, new in {
        r"\n{\n": "\n{" + OF_THE_TEST.format(http=http, https=https),
        rf"\n{re.escape(DOCUMENTED)} {{": f"\n{NAME} {{",
        r"reverse_proxy .* {": f"reverse_proxy {' '.join(f'127.0.0.1:{port}' for port in servers)} {{",
    }.items():
        text, changed = re.subn(old, new, text)
        assert changed == 1, f"docs/Caddyfile has no {old}"
    return text


@contextmanager
def running_caddy(file: Path, port: int) -> Iterator[None]:
    folder, log = file.parent, file.with_name("caddy.log")
    own = os.environ | {"XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with log.open("w") as errors:
        run = (CADDY, "run", "--adapter", "caddyfile", "--config", file)
        caddy = subprocess.Popen(run, env=own, stdout=errors, stderr=errors)
    give_up = time.monotonic() + 60
    try:
        while not has_certificate(port):
            assert caddy.poll() is None, log.read_text()
            assert time.monotonic() < give_up, log.read_text()
            time.sleep(0.05)
        yield
    finally:
        caddy.terminate()
        code = caddy.wait(timeout=20)
    assert code == 0, log.read_text()


def has_certificate(port: int) -> bool:
    """Caddy listens before it has made its certificate, and refuses the first to ask for it."""
    try:
        in_tls(port).close()
    except (ConnectionRefusedError, ssl.SSLError):
        return False
    return True


def make_record(url: str) -> None:
    """In this process: a new one would take as long again to begin."""
    upgrade_with_keys(url)
    opened = open_database(url)
    build_demo(opened, cases=2, seed=1, progress=False)
    opened.engine.dispose()


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("proxy")
    with postgres_url() as url, ExitStack() as used:
        make_record(url)
        yield Site(folder, url, used)


@pytest.fixture
def site(both: Site) -> Site:
    both.revive()
    return both


@pytest.fixture
def case(site: Site) -> Iterator[str]:
    with new_case(site.servers[0]) as reference:
        yield reference


@contextmanager
def tab_on(site: Site, browsers: Browsers, number: int, *, cookie: str = "", kept: bool = True) -> Iterator[Tab]:
    """A tab of a browser that the proxy has sent to that server before."""
    with browsers.tab(site.url, cookie=cookie, kept=kept, ignore_https_errors=True) as tab:
        stick(tab, site, number)
        yield tab


def stick(tab: Tab, site: Site, number: int) -> None:
    tab.page.context.add_cookies([{"name": STICKS, "value": site.sticks_to(number), "url": site.url}])


def type_update(tab: Tab, site: Site, case: str) -> None:
    tab.fill("What changed", BEFORE.strip())
    tab.field("What changed").blur()
    draft_arrives(site.servers[0], case)
    tab.settle()


def cookies_of(tab: Tab) -> dict[str, str]:
    return {one["name"]: one["value"] for one in tab.page.context.cookies()}


def test_a_person_signs_in_over_tls_and_stays_in(site: Site, browsers: Browsers) -> None:
    with browsers.tab(site.url, ignore_https_errors=True) as tab:
        watch = Watch(replace(site.servers[0], url=site.url))
        watch.follow(tab.page.context)
        tab.open("/queue")
        tab.sign_in("volunteer", PASSWORD)
        expect(tab.heading()).to_have_text("Case queue")
        tab.page.reload()
        expect(tab.heading()).to_have_text("Case queue")
        cookies = {one["name"]: one for one in tab.page.context.cookies()}
        assert (cookies[COOKIE]["httpOnly"], cookies[COOKIE]["sameSite"]) == (True, "Strict")
        assert [name for name, one in cookies.items() if not one["secure"]] == []
        watch.leave(tab.page.context)
    assert watch.problems == []


def test_browsers_are_told_to_keep_to_tls(site: Site) -> None:
    assert "max-age=31536000" in site.get("/")[0].headers["strict-transport-security"]
    plain = site.get("/queue", host=NAME, tls=False)[0]
    assert (plain.status, plain.headers["location"]) == (308, f"https://{NAME}/queue")


def test_another_name_gets_nothing(site: Site) -> None:
    assert site.get("/", host="evil.example.org")[1] == b""
    assert b"<title>" in site.get("/")[1]


def test_one_form_sent_through_both_servers_at_once_is_saved_once_and_seen_on_both(
    site: Site, browsers: Browsers, case: str
) -> None:
    cookie = site.servers[0].cookie_of("volunteer")
    with tab_on(site, browsers, 0, cookie=cookie) as first, tab_on(site, browsers, 1, cookie=cookie) as second:
        first.open(f"/case?ref={case}&do=update")
        type_update(first, site, case)
        second.open(f"/case?ref={case}&do=update")
        expect(second.field("What changed")).to_have_value(BEFORE.strip())
        for tab in (first, second):
            tab.button("Save update").click()
        assert [cookies_of(tab)[STICKS] for tab in (first, second)] == [site.sticks_to(0), site.sticks_to(1)]
        for tab in (first, second):
            expect(tab.field("What changed")).to_have_value("")
            expect(tab.main.get_by_role("listitem").get_by_text(BEFORE.strip())).to_have_count(1)
    assert said(site.servers[0], case) == [BEFORE.strip()]


def test_a_save_whose_answer_was_lost_is_not_saved_again_by_the_other_server(
    site: Site, browsers: Browsers, case: str
) -> None:
    with tab_on(site, browsers, 0, cookie=site.servers[0].cookie_of("volunteer"), kept=False) as tab:
        tab.page.add_init_script(SOCKETS)
        tab.open(f"/case?ref={case}&do=update")
        type_update(tab, site, case)
        tab.page.evaluate(HEAR_NOTHING)
        # For whenever the line is tried again.
        stick(tab, site, 1)
        tab.button("Save update").click()
        save_arrives(tab, site.servers[1], case)
        tab.page.evaluate(HANG_UP)
        tab.settle()
        expect(tab.page.get_by_text("Saved", exact=True)).to_be_visible()
        tab.press("Save update")
        expect(tab.field("What changed")).to_have_value("")
        assert said(site.servers[1], case) == [BEFORE.strip()]


def test_a_server_killed_while_somebody_types_takes_no_word_with_it(site: Site, browsers: Browsers, case: str) -> None:
    with tab_on(site, browsers, 0) as tab:
        tab.open(f"/case?ref={case}&do=update")
        tab.sign_in("volunteer", PASSWORD)
        field = tab.field("What changed")
        field.press_sequentially(BEFORE, delay=PACE)
        site.servers[0].kill()
        tab.page.keyboard.type(DURING, delay=PACE)
        expect(tab.page.get_by_text(NO_SIGNAL)).to_have_count(0, timeout=RECONNECTS)
        tab.settle()
        expect(field).to_have_value(BEFORE + DURING)
        assert cookies_of(tab)[STICKS] == site.sticks_to(1)
        tab.press("Save update")
        expect(field).to_have_value("")
        assert said(site.servers[1], case) == [(BEFORE + DURING).strip()]


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed on this machine: docs/nginx.conf is not read")
def test_nginx_takes_the_documented_file(tmp_path: Path) -> None:
    made = "-x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout privkey.pem -out fullchain.pem"
    subprocess.run(("openssl", "req", *made.split()), cwd=tmp_path, check=True, capture_output=True)
    text = (ROOT / "docs" / "nginx.conf").read_text().replace(f"/etc/letsencrypt/live/{DOCUMENTED}", str(tmp_path))
    kept = "".join(f"{kind}_temp_path {tmp_path};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    file = tmp_path / "nginx.conf"
    file.write_text(f"pid {tmp_path}/pid; error_log stderr; events {{}}\nhttp {{ access_log off; {kept}\n{text}\n}}")
    assert NGINX
    read = subprocess.run((NGINX, "-t", "-p", tmp_path, "-c", file), capture_output=True, text=True)
    assert read.returncode == 0, read.stderr
