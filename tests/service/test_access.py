"""Who may do what."""

from __future__ import annotations

import time

import pytest

from kindward.errors import RemoteError
from kindward.service.access import ASK_AGAIN_SECONDS, STALE_SECONDS, Guard
from kindward.service.refusals import Refusal
from kindward.store import Role, Store

ROUTES = [
    ("POST", "/v1/check", {"checker"}),
    ("POST", "/v1/match", {"checker"}),
    ("GET", "/v1/banks", {"checker", "operator"}),
    ("GET", "/metrics", {"operator"}),
    ("GET", "/openapi.json", {"checker", "operator"}),
]


@pytest.mark.parametrize(("method", "path", "roles"), ROUTES)
@pytest.mark.parametrize("role", ["checker", "operator"])
def test_each_role_may_do_only_its_own_part(service, method, path, roles, role):
    with service.client(role) as client:
        answer = client.request(method, path)
    assert (role in roles) == (403 != answer.status_code)
    if role not in roles:
        assert "role_wrong" == answer.json()["code"]


@pytest.mark.parametrize(("method", "path", "roles"), ROUTES)
def test_without_a_token_nothing_is_told(service, method, path, roles):
    with service.client(None) as client:
        answer = client.request(method, path)
    assert 401 == answer.status_code
    assert "token_missing" == answer.json()["code"]
    assert answer.headers["www-authenticate"].startswith("Bearer")


def wrong_tokens(service):
    good = service.checker
    token_id, secret = good.split("_", 2)[1:]
    swapped = secret[:-2] + ("AA" if secret[-2:] != "AA" else "BB")
    return {
        "another secret": f"Bearer kindward_{token_id}_{swapped}",
        "unknown identifier": f"Bearer kindward_{'0' * 12}_{secret}",
        "shortened": f"Bearer {good[:-1]}",
        "lengthened": f"Bearer {good}x",
        "another scheme": f"Basic {good}",
        "bare": good,
        "nothing like it": "Bearer x",
        "only the secret": f"Bearer {secret}",
    }


def test_a_wrong_token_is_refused_without_saying_why(service):
    details = set()
    for name, header in wrong_tokens(service).items():
        with service.client(None) as client:
            answer = client.get("/v1/banks", headers={"Authorization": header})
        assert 401 == answer.status_code, name
        details.add(answer.json()["detail"])
    assert 1 == len(details)


def test_the_scheme_may_be_written_in_any_case(service):
    with service.client(None) as client:
        assert 200 == client.get("/v1/banks", headers={"Authorization": f"bearer {service.checker}"}).status_code


def test_a_new_token_works_at_once(service):
    new = service.token("checker", "fresh")
    time.sleep(ASK_AGAIN_SECONDS)  # the tokens may have been read while it was made
    with service.client(new) as client:
        assert 200 == client.get("/v1/banks").status_code


def test_a_revoked_token_ends_within_seconds(service):
    new = service.store.tokens.create(Role.CHECKER, "to be revoked")
    with service.client(new.text) as client:
        assert service.wait(lambda: 200 == client.get("/v1/banks").status_code, 3)
        service.store.tokens.revoke(new.token.id)
        assert service.wait(lambda: 401 == client.get("/v1/banks").status_code, 3)


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def store(tmp_path):
    from kindward import config

    with Store.open(config.Store(url=f"sqlite:///{tmp_path}/kindward.db")) as opened:
        yield opened


def test_when_the_database_stays_away_nobody_is_let_in(store):
    import asyncio

    clock = Clock()
    away = []

    def live():
        if away:
            raise RemoteError("store_unreachable", "away")
        return store.tokens.live()

    new = store.tokens.create(Role.CHECKER, "x")
    header = f"Bearer {new.text}".encode()
    guard = Guard(live, clock)

    async def run():
        assert await guard.read() is None
        assert new.token.id == (await guard.admit(header, Role.CHECKER)).id
        away.append(True)
        clock.now += STALE_SECONDS - 1
        assert "store_unreachable" == (await guard.read()).code
        assert new.token.id == (await guard.admit(header, Role.CHECKER)).id
        clock.now += 2
        assert not guard.ready
        with pytest.raises(Refusal) as caught:
            await guard.admit(header, Role.CHECKER)
        assert "not_ready" == caught.value.code

    asyncio.run(run())


def test_wrong_tokens_do_not_cost_a_look_into_the_database_each(store):
    import asyncio

    looks = []

    def live():
        looks.append(1)
        return store.tokens.live()

    clock = Clock()
    guard = Guard(live, clock)
    header = b"Bearer kindward_000000000000_" + b"a" * 43

    async def run():
        for _ in range(100):
            clock.now += 0.001
            with pytest.raises(Refusal):
                await guard.admit(header, Role.CHECKER)

    asyncio.run(run())
    assert 1 == len(looks)


def test_an_expired_token_is_refused_even_while_it_is_remembered(store):
    import asyncio
    from datetime import timedelta

    new = store.tokens.create(Role.CHECKER, "short", lifetime=timedelta(seconds=1))
    guard = Guard(store.tokens.live, Clock())

    async def run():
        header = f"Bearer {new.text}".encode()
        await guard.read()
        await guard.admit(header, Role.CHECKER)
        await asyncio.sleep(2.1)
        with pytest.raises(Refusal) as caught:
            await guard.admit(header, Role.CHECKER)
        assert "token_wrong" == caught.value.code

    asyncio.run(run())
