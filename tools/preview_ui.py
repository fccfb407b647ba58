"""Render every component with made-up figures to ``var/preview`` and photograph it.

    .venv/bin/python tools/preview_ui.py [--no-photos]

Needs no database. Pages are served on the loopback address under the product's own content security
policy, photographed at 1280 and 390 px in Chinese, English and large type, and checked with axe.
Exits with 1 when axe finds something, the console complains or a page is wider than the screen.
"""

import functools
import http.server
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import django
from django.conf import settings
from django.urls import path

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "var" / "preview"
CSP = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'"
CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser"]
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "tools"))


def configure() -> None:
    """Set Django up with the kernel's templates alone."""
    settings.configure(
        DEBUG=False,
        SECRET_KEY="preview",
        USE_I18N=True,
        USE_TZ=True,
        TIME_ZONE="Asia/Shanghai",
        LANGUAGE_CODE="zh-hans",
        LANGUAGES=[("zh-hans", "中文"), ("en", "English")],
        LOCALE_PATHS=[str(OUT / "locale")],
        STATIC_URL="/static/",
        ROOT_URLCONF="preview_ui",
        SESSION_COOKIE_SECURE=False,
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.staticfiles",
            "allauth",
            "allauth.account",
        ],
        MIDDLEWARE=["allauth.account.middleware.AccountMiddleware"],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [str(ROOT / "tongzhou/kernel/templates"), str(ROOT / "tools/preview")],
                "APP_DIRS": True,
                "OPTIONS": {
                    "libraries": {"ui": "tongzhou.kernel.templatetags.ui"},
                    "string_if_invalid": "",
                },
            }
        ],
    )
    django.setup()


def __getattr__(name: str) -> Any:
    """Give the routes that the skeletons link to, once Django is set up."""
    if name != "urlpatterns":
        raise AttributeError(name)
    from django.http import HttpResponse
    from django.urls import include

    def nothing(request: Any, **ids: str) -> HttpResponse:
        """Stand for a page of the product."""
        return HttpResponse()

    kernel = [
        path("preferences/", nothing, name="preferences"),
        path("assignment/", nothing, name="assignment"),
        path("tokens/", nothing, name="tokens"),
        path("progress/<str:progress_id>/", nothing, name="progress"),
        path("progress/<str:progress_id>/file", nothing, name="progress-file"),
    ]
    return [
        path("", include((kernel, "kernel"))),
        path("directives/", include(([path("", nothing, name="directive-list")], "directives"))),
        path("accounts/login/", nothing, name="account_login"),
        path("accounts/logout/", nothing, name="account_logout"),
        path("accounts/password/change/", nothing, name="account_change_password"),
        path("accounts/password/reset/", nothing, name="account_reset_password"),
    ]


def compile_words() -> None:
    """Compile the English of the kernel for the preview."""
    import polib

    source = ROOT / "locale/en/parts/kernel.po"
    target = OUT / "locale/en/LC_MESSAGES"
    target.mkdir(parents=True, exist_ok=True)
    if source.exists():
        polib.pofile(str(source)).save_as_mofile(str(target / "django.mo"))


def render_all() -> list[str]:
    """Write every page in every variant; return the file names."""
    from django.template.loader import render_to_string
    from django.test import RequestFactory
    from django.utils import translation
    from preview.samples import pages  # type: ignore[import-not-found]  # beside this script

    names = []
    for language, large in (("zh-hans", False), ("zh-hans", True), ("en", False)):
        translation.activate(language)
        request = RequestFactory().get("/preview/", {"state": "silent"})
        request.user = SimpleNamespace(is_authenticated=False)  # type: ignore[assignment]
        for name, template, context in pages():
            if (large or language == "en") and name not in {"authority", "organisation", "reading"}:
                continue
            suffix = ("-large" if large else "") + ("-en" if language == "en" else "")
            html = render_to_string(template, {"large_type": large, **context}, request=request)
            (OUT / f"{name}{suffix}.html").write_text(html, encoding="utf-8")
            if template != "ui/drill_rows.html":
                names.append(f"{name}{suffix}")
    translation.activate("zh-hans")
    return names


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves the pages and the static files under the product's policy."""

    def do_GET(self) -> None:
        """Answer pages and files; a job that asks how far it is hears nothing new."""
        if self.path.startswith("/progress/"):
            self.send_response(204)
            self.end_headers()
            return
        super().do_GET()

    def translate_path(self, path: str) -> str:
        """Find static files in the kernel, pages in the preview folder."""
        clean = path.split("?")[0].split("#")[0]
        if clean.startswith("/static/"):
            return str(ROOT / "tongzhou/kernel/static" / clean.removeprefix("/static/"))
        return str(OUT / clean.lstrip("/"))

    def end_headers(self) -> None:
        """Add the policy."""
        self.send_header("Content-Security-Policy", CSP)
        super().end_headers()

    def guess_type(self, path: Any) -> str:
        """Say that pages are UTF-8."""
        found = super().guess_type(path)
        return "text/html; charset=utf-8" if found == "text/html" else found

    def log_message(self, *args: Any) -> None:
        """Stay quiet."""


def photograph(names: list[str]) -> int:
    """Photograph every page at both widths; return how many faults were found."""
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    executable = next((each for each in CHROMIUM if Path(each).exists()), None)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    faults = 0
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=executable, args=FLAGS)
        said: list[str] = []
        for width, height in ((1280, 800), (390, 844)):
            page = browser.new_page(viewport={"width": width, "height": height})
            page.on("console", lambda message: said.append(message.text))
            page.on("requestfailed", lambda request: said.append(f"failed {request.url}"))
            page.on("pageerror", lambda error: said.append(str(error)))
            for name in names:
                said.clear()
                page.goto(f"{address}/{name}.html", wait_until="networkidle")
                wide = page.evaluate("document.documentElement.scrollWidth")
                if wide > width:
                    said.append(f"page is {wide} px wide")
                violations = Axe().run(page).response["violations"]
                for each in violations:
                    nodes = "; ".join(node["html"][:120] for node in each["nodes"][:3])
                    said.append(f"axe {each['id']}: {each['help']}: {nodes}")
                for fault in said:
                    print(f"{name} {width}: {fault}")
                faults += len(said)
                drill = page.locator("[data-drill]")
                if drill.count():
                    drill.first.click()
                    page.wait_for_selector(".tz-depth-1")
                page.evaluate("window.scrollTo(0, 0)")
                page.screenshot(path=str(OUT / f"{name}-{width}.png"), full_page=True)
            page.close()
        page = browser.new_page()
        for name in ("authority", "reading"):
            page.goto(f"{address}/{name}.html", wait_until="networkidle")
            page.pdf(path=str(OUT / f"{name}.pdf"), prefer_css_page_size=True)
        browser.close()
    server.shutdown()
    return faults


def main() -> int:
    """Render, photograph, report."""
    OUT.mkdir(parents=True, exist_ok=True)
    compile_words()
    configure()
    names = render_all()
    print(f"{len(names)} pages in {OUT}")
    if "--no-photos" in sys.argv:
        return 0
    faults = photograph(names)
    print(f"{faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
