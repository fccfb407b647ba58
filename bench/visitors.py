"""What one measuring visitor of a site does over HTTP, over and over."""

import json
import os
from collections.abc import Callable
from http.client import HTTPConnection
from urllib.parse import urlsplit

Work = Callable[[int], object]
SECONDS = float(os.environ.get("BENCH_SECONDS") or 15)
#: Enough that each reports once, as on a morning; whoever has nobody left reports again.
PEOPLE = max(25, int(SECONDS * 100))
WARMING = 8


def ask_trivial(url: str, client: int) -> Work:
    """Ask for a page that does nothing, on one kept connection."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=30)

    def work(turn: int) -> object:
        connection.request("GET", "/")
        return connection.getresponse().read()

    return work


def report_with_token(url: str, clients: int, client: int) -> Work:
    """Report through the API, each organisation with a token of its own.

    Each reports on the day's duty once; in later rounds the report is amended.
    """
    from bench.submitters import keys_of

    keys, data = keys_of(clients, client, "d8-cases", 0, PEOPLE)
    from bench.people import secretary, token_of
    from tongzhou.modules.registry.public import list_bearers

    bearers = list_bearers([(key[2], key[3]) for key in keys])
    tokens = {each.id: token_of(secretary(each)) for each in bearers}
    connection = HTTPConnection(urlsplit(url).netloc, timeout=30)
    body = json.dumps({"answers": data})

    def work(turn: int) -> object:
        period, duty, organisation, prov = keys[turn % len(keys)]
        connection.request(
            "POST",
            f"/api/v1/reports/{organisation}/{prov}/{duty}/{period}",
            body,
            {
                "Authorization": f"Bearer {tokens[organisation]}",
                "Content-Type": "application/json",
            },
        )
        answer = connection.getresponse()
        told = answer.read()
        if answer.status != 201:
            raise RuntimeError(f"{answer.status}: {told[:300]!r}")
        return True

    for turn in range(WARMING):  # the server's processes load most of their code when first asked
        work(turn)
    return work
