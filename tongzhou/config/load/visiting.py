"""What visitors do: sign in, report, review, read. Runs in processes that know no Django."""

import json
import random
import re
import threading
import time
from collections.abc import Callable, Sequence
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from typing import Any

from tongzhou.config.load.browser import Browser, Failure
from tongzhou.config.load.plan import Duty, Key, Plan, Told, Visitor

REPORT = re.compile(r"^/reports/\d+/\d+/\d+/\d{4}-\d\d-\d\d/")
#: How long everybody may take to sign in before the run is given up.
PATIENCE = 300.0


def visit(
    plan: Plan, visitors: Sequence[Visitor], barrier: Barrier, results: "Queue[list[Told]]"
) -> None:
    """Let visitors live in threads until the time is up; put what they saw on the queue."""
    told = [Told(each.username) for each in visitors]
    ready = threading.Barrier(len(visitors) + 1)
    start = threading.Event()
    threads = [
        threading.Thread(target=_live, args=(plan, each, seen, ready, start), daemon=True)
        for each, seen in zip(visitors, told, strict=True)
    ]
    for each in threads:
        each.start()
    ready.wait(PATIENCE)
    barrier.wait(PATIENCE)
    start.set()
    for each in threads:
        each.join()
    results.put(told)


def _live(
    plan: Plan, visitor: Visitor, told: Told, ready: threading.Barrier, start: threading.Event
) -> None:
    browser = Browser(plan.url, told)
    signed_in = True
    try:
        if not (visitor.kind == "report" and plan.sign_in == "token"):
            _sign_in(browser, visitor)
    except Failure as failure:
        told.failed(f"sign-in: {failure}")
        signed_in = False
    ready.wait(PATIENCE)
    start.wait(PATIENCE)
    began = time.perf_counter()
    chance = random.Random(visitor.username)  # noqa: S311 - who does what next, no secret
    due = began + chance.random() * plan.pause
    turn = 0
    act = _ACTS[visitor.kind]
    while signed_in and (not turn or time.perf_counter() - began < plan.seconds):
        if plan.pause:
            time.sleep(max(0.0, due - time.perf_counter()))
            due += plan.pause
        try:
            act(plan, browser, visitor, turn, chance)
        except Failure as failure:
            told.failed(str(failure))
            time.sleep(0.2)
        turn += 1
    told.seconds = time.perf_counter() - began
    browser.close()


def _sign_in(browser: Browser, visitor: Visitor) -> None:
    """Sign in by the form, as everybody does; Failure when that leads nowhere."""
    page = browser.get("/accounts/login/", "sign-in page")
    target, fields = page.form("csrfmiddlewaretoken", "login")
    fields |= {"login": visitor.username, "password": visitor.password}
    answer = browser.post(target, fields, "sign-in")
    if answer.status != 302 or "sessionid" not in browser.cookies:
        raise Failure(f"refused: {answer.status}")


def _report(plan: Plan, browser: Browser, visitor: Visitor, turn: int, chance: Any) -> None:
    """Report on one duty: by the form with its hidden fields, or by the API."""
    duty = visitor.duty(turn)
    key: Key = (duty.period.isoformat(), duty.id, visitor.organisation, visitor.prov)
    told = browser.told
    try:
        if plan.sign_in == "token":
            _by_token(browser, visitor, duty)
        else:
            _by_form(browser, duty)
    except Failure as failure:
        if failure.unsure:
            told.unsure[key] = told.unsure.get(key, 0) + 1
        raise
    told.acknowledged[key] = told.acknowledged.get(key, 0) + 1


def _by_token(browser: Browser, visitor: Visitor, duty: Duty) -> None:
    answer = browser.send_json(
        f"/api/v1/reports/{visitor.organisation}/{visitor.prov}/{duty.id}/{duty.period}",
        json.dumps({"answers": duty.answers}).encode(),
        visitor.token,
        "report (API)",
    )
    if answer.status != 201:
        raise Failure(f"report (API): {answer.status}")


def _by_form(browser: Browser, duty: Duty) -> None:
    path = f"/board/{duty.id}/{duty.period}/"
    page = browser.get(path, "form of a report")
    _target, fields = page.form("effective_on")
    fields |= {f"a-{name}": _typed(value) for name, value in duty.answers.items()}
    answer = browser.post(path, fields, "report")
    if answer.status != 302 or not REPORT.match(answer.location):
        raise Failure(f"report: {answer.status}")


def _typed(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _review(plan: Plan, browser: Browser, visitor: Visitor, turn: int, chance: Any) -> None:
    """Open the queue, read one of its reports, and accept or return it."""
    queue = browser.get("/review/", "review queue")
    waiting = sorted({link for link in queue.page.links if REPORT.match(link)})
    if not waiting:
        browser.get("/desk/", "desk")
        return
    page = browser.get(chance.choice(waiting), "report to review")
    back = chance.random() < 0.2
    try:
        target, fields = page.form("seen", "/return/" if back else "/accept/")
    except Failure:  # a colleague was faster
        return
    if back:
        fields["reason"] = "请补充责任人和完成时间。"
    answer = browser.post(target, fields, "decision")
    if answer.status == 302:
        browser.told.decided += 1
    elif answer.status != 409:  # a colleague, or the organisation, was faster: told, not an error
        raise Failure(f"decision: {answer.status}")


def _read(plan: Plan, browser: Browser, visitor: Visitor, turn: int, chance: Any) -> None:
    """Read the next page of the round."""
    path = visitor.pages[turn % len(visitor.pages)]
    browser.get(path, f"read {path.partition('?')[0]}")


_ACTS: dict[str, Callable[[Plan, Browser, Visitor, int, Any], None]] = {
    "report": _report,
    "review": _review,
    "read": _read,
}
