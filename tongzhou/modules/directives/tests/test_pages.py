"""Pages and API of directives: list, source, errata."""

from collections.abc import Callable

import pytest
from django.test import Client

from tongzhou.modules.directives.tests.conftest import SHORT

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]


def test_everybody_may_look_at_the_list(client: Client, shipped: list[int]) -> None:
    page = client.get("/directives/").content.decode()
    assert "民社管函〔2020〕5号" in page
    assert f"/directives/{shipped[0]}/" in page
    assert "装载文件" not in page
    found = client.get("/directives/?q=广州").content.decode()
    assert "民社管函" not in found
    none = client.get("/directives/?q=没有这种文件").content.decode()
    assert "没有符合条件的文件" in none


def test_htmx_gets_the_rows_alone(client: Client, shipped: list[int]) -> None:
    part = client.get("/directives/?q=广州", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "广州市社会组织管理局" in part


def test_the_empty_list_says_what_to_do(sign_in: SignIn) -> None:
    page = sign_in().get("/directives/").content.decode()
    assert "还没有文件" in page
    assert "/directives/load/" in page


def test_the_source_is_served_as_received(client: Client, loaded: int) -> None:
    answer = client.get(f"/directives/{loaded}/source")
    assert answer.content.decode() == SHORT
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert client.get("/directives/999999/source").status_code == 404


def test_an_erratum_is_recorded_on_its_page(sign_in: SignIn, loaded: int) -> None:
    client = sign_in()
    url = f"/directives/{loaded}/errata/"
    assert client.get(url).status_code == 200
    wish = {"address": "1.2", "as_received": "没有的字", "reading": "值守", "reason": "误"}
    wrong = client.post(url, wish)
    assert wrong.status_code == 422
    assert "应恰好 1 次" in wrong.content.decode()
    assert client.post(url, {**wish, "reason": ""}).status_code == 422
    done = client.post(url, {**wish, "as_received": "值班"})
    assert done.status_code == 302
    assert done["Location"].endswith(f"/directives/{loaded}/#1.2")
    assert client.get("/directives/999999/errata/").status_code == 404


def test_the_api_lists_and_gives_clauses(client: Client, shipped: list[int]) -> None:
    listed = client.get("/api/v1/directives/?limit=1").json()
    assert listed["count"] == 2
    assert len(listed["results"]) == 1
    one = client.get(f"/api/v1/directives/{shipped[0]}/").json()
    assert one["urn"] == "cn/mca/2020/5@2020-01-29"
    (clause,) = [each for each in one["clauses"] if each["address"] == "2.4.2"]
    assert clause["urn"] == "cn/mca/2020/5@2020-01-29#2.4.2"
    assert clause["errata"][0]["reading"] == "年检"
    assert "年龄" in clause["received"]
    assert client.get("/api/v1/directives/999999/").status_code == 404
    assert client.get("/api/v1/directives/?limit=-1").status_code == 400
