"""Signing in and setting a password look like the rest and say what to do."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import translation

PASSWORD = "a-long-enough-phrase-9"
PUBLIC = {
    "/accounts/login/": "登录同舟",
    "/accounts/password/reset/": "设置或找回密码",
    "/accounts/password/reset/done/": "链接已发出",
    "/accounts/password/reset/key/1-bad/": "链接已失效",
    "/accounts/password/reset/key/done/": "密码已设置",
    "/accounts/signup/": "不开放自行注册",
    "/accounts/inactive/": "账号已停用",
}
SIGNED_IN = {
    "/accounts/logout/": "要退出登录吗？",
    "/accounts/password/change/": "修改密码",
}


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "words"), PUBLIC.items())
def test_public_account_pages_stand_in_our_frame(client: Client, path: str, words: str) -> None:
    html = client.get(path).content.decode()
    assert f"<h1>{words}</h1>" in html
    assert 'class="tz-top"' in html


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "words"), SIGNED_IN.items())
def test_own_account_pages_stand_in_our_frame(client: Client, path: str, words: str) -> None:
    client.force_login(get_user_model().objects.create_user(username="chen", password=PASSWORD))
    html = client.get(path).content.decode()
    assert f"<h1>{words}</h1>" in html
    assert 'class="tz-top"' in html


@pytest.mark.django_db
def test_a_wrong_password_is_told_on_top_and_the_name_is_kept(client: Client) -> None:
    answer = client.post("/accounts/login/", {"login": "nobody", "password": "x" * 12})
    html = answer.content.decode()
    assert 'role="alert"' in html
    assert 'value="nobody"' in html


@pytest.mark.django_db
def test_large_type_is_remembered_without_javascript(client: Client) -> None:
    assert 'data-type="large"' not in client.get("/accounts/login/").content.decode()
    answer = client.post("/preferences/", {"size": "large", "next": "/accounts/login/"})
    assert answer["Location"] == "/accounts/login/"
    assert 'data-type="large"' in client.get("/accounts/login/").content.decode()


@pytest.mark.django_db
def test_the_page_speaks_english_when_asked(client: Client) -> None:
    with translation.override("zh-hans"):
        client.post("/preferences/", {"language": "en", "next": "/accounts/login/"})
        html = client.get("/accounts/login/").content.decode()
    assert '<html lang="en"' in html
