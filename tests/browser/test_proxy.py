"""Behind a real nginx with TLS, as docs/nginx.conf says: pages work, cookies are Secure, other names are refused."""

import os
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from pathlib import Path

import pytest
import streamlit
from playwright.sync_api import Browser, expect

from db.demo import PASSWORD
from tests.browser.chromium import find_or_get_chromium, launch_flags
from tests.browser.conftest import CASES
from tests.browser.server import COOKIE, ROOT, Server, running_server
from tests.browser.tab import Tab

NGINX = shutil.which("nginx", path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin")))
NAME = "casework.example.org"

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed on this machine")


@dataclass(frozen=True)
class Site:
    server: Server
    https: int
    http: int

    @property
    def url(self) -> str:
        return f"https://{NAME}:{self.https}"

    def get(self, path: str, *, host: str = "", tls: bool = True) -> HTTPResponse:
        trusting = ssl._create_unverified_context()  # noqa: S323 - the certificate was made by this test
        connection: HTTPConnection = (
            HTTPSConnection("127.0.0.1", self.https, timeout=20, context=trusting)
            if tls
            else HTTPConnection("127.0.0.1", self.http, timeout=20)
        )
        connection.request("GET", path, headers={"Host": host or f"{NAME}:{self.https}", "Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        answer.read()
        return answer


def free_ports(number: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def configuration(folder: Path, *, app: int, https: int, http: int) -> Path:
    """The documented file, with this test's ports and certificate, in the frame that Debian puts around it."""
    text = (ROOT / "docs" / "nginx.conf").read_text()
    for old, new in {
        r"listen 80;": f"listen 127.0.0.1:{http};",
        r"listen 443 ssl": f"listen 127.0.0.1:{https} ssl",
        r"127\.0\.0\.1:8501": f"127.0.0.1:{app}",
        r"/etc/letsencrypt/live/casework\.example\.org/": f"{folder}/",
    }.items():
        text, changed = re.subn(old, new, text)
        assert changed, f"docs/nginx.conf has no {old}"
    kept = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    file = folder / "nginx.conf"
    frame = f"daemon off; pid {folder}/nginx.pid; error_log stderr;\nevents {{}}\n"
    file.write_text(f"{frame}http {{ access_log off; {kept}\n{text}\n}}")
    return file


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("proxy")
    subprocess.run(
        (
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            f"/CN={NAME}",
            "-keyout",
            "privkey.pem",
            "-out",
            "fullchain.pem",
        ),
        cwd=folder,
        check=True,
        capture_output=True,
    )
    app, https, http = free_ports(3)
    told = {"PUBLIC_URL": f"https://{NAME}:{https}", "TRUSTED_PROXIES": "127.0.0.1"}
    with running_server(folder, cases=CASES, port=app, **told) as running:
        file = configuration(folder, app=app, https=https, http=http)
        assert NGINX
        nginx = subprocess.Popen([NGINX, "-p", str(folder), "-c", str(file)], stderr=(folder / "error.log").open("w"))
        try:
            found = Site(running, https, http)
            _wait(nginx, found, folder)
            yield found
        finally:
            nginx.terminate()
            nginx.wait(timeout=20)


def _wait(nginx: "subprocess.Popen[bytes]", site: Site, folder: Path) -> None:
    for _ in range(400):
        try:
            assert site.get("/healthz").status == 200
        except OSError:
            assert nginx.poll() is None, (folder / "error.log").read_text()
        else:
            return
    pytest.fail("nginx does not answer")


@pytest.fixture
def tab(site: Site, chromium: Browser) -> Iterator[Tab]:
    flags = [*launch_flags(), f"--host-resolver-rules=MAP {NAME} 127.0.0.1"]
    browser = chromium.browser_type.launch(executable_path=find_or_get_chromium(), args=flags)
    context = browser.new_context(ignore_https_errors=True, locale="en-GB")
    yield Tab(context.new_page(), site.url)
    browser.close()


def test_a_person_signs_in_over_tls_and_stays_in(tab: Tab) -> None:
    tab.open("/queue")
    tab.sign_in("volunteer", PASSWORD)
    expect(tab.heading()).to_have_text("Case queue")
    tab.page.reload()
    expect(tab.heading()).to_have_text("Case queue")
    cookies = {one["name"]: one for one in tab.page.context.cookies()}
    assert (cookies[COOKIE]["httpOnly"], cookies[COOKIE]["sameSite"]) == (True, "Strict")
    assert [name for name, one in cookies.items() if not one["secure"]] == []


def test_browsers_are_told_to_keep_to_tls(site: Site) -> None:
    assert "max-age=31536000" in site.get("/").headers["strict-transport-security"]
    plain = site.get("/queue", host=NAME, tls=False)
    assert (plain.status, plain.headers["location"]) == (301, f"https://{NAME}/queue")


def test_another_name_is_refused(site: Site) -> None:
    assert site.get("/", host="evil.example.org").status == 421
    assert site.get("/healthz", host="localhost").status == 200


def test_a_phone_is_sent_packed_what_is_the_same_for_everybody(site: Site) -> None:
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text()
    script = next(part for part in page.split('"') if part.endswith(".js"))
    answer = site.get(f"/{script.removeprefix('./')}")
    assert (answer.status, answer.headers["content-encoding"]) == (200, "gzip")
    assert "immutable" in answer.headers["cache-control"]
    assert site.get("/").headers["content-encoding"] is None
