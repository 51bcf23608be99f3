"""Meta ThreatExchange and Tech Against Terrorism followed by the real program, against their stand-ins."""

import hashlib
import json

import pytest

from kindward.sandbox import Fault, running, tat, threatexchange

SECRETS = (threatexchange.TOKEN, threatexchange.TOKEN.partition("|")[2], tat.PASSWORD)


class Followed:
    """A bank that follows a provider, and the provider."""

    def __init__(self, kindward, provider, name, url):
        self.kindward, self.provider, self.name = kindward, provider, name
        (kindward.folder / "secret").write_text(f"{SECRETS[0] if name == 'threatexchange' else tat.PASSWORD}\n")
        (kindward.folder / "secret").chmod(0o600)
        settings = (
            ["privacy_group=" + threatexchange.GROUP, f"url={url}/{threatexchange.VERSION}"]
            if name == "threatexchange"
            else ["username=" + tat.USER, f"url={url}"]
        )
        secret = "token=secret" if name == "threatexchange" else "password=secret"
        named = [word for setting in settings for word in ("--set", setting)]
        self.said = [kindward("bank", "subscribe", "ours", "--source", name, *named, "--secret", secret)]

    def update(self):
        self.said.append(self.kindward("bank", "update", "ours"))
        return self.said[-1]

    def shown(self):
        record = self.kindward("bank", "show", "ours", "--limit", "1000", "-o", "jsonl").record
        return {one["entry"]: one for one in record["shown"]}


@pytest.fixture
def threats(kindward):
    group = threatexchange.sandbox(20)
    group.page_most = 6
    with running(group.app) as url:
        yield Followed(kindward, group, "threatexchange", url)


@pytest.fixture
def terror(kindward):
    listed = tat.sandbox(20)
    listed.page = 6
    with running(listed.app) as url:
        yield Followed(kindward, listed, "tat", url)


def test_threatexchange_is_followed_and_a_withdrawal_takes_effect(threats):
    assert (0, True) == (threats.said[0].status, "20 items new or changed" in threats.said[0].out)
    assert 16 == len(threats.shown())
    threats.provider.delete("3")
    assert "1 withdrawn" in threats.update().out
    assert "3" not in threats.shown()
    assert {"threatexchange"} == {one["source"] for one in threats.shown().values()}


def test_tech_against_terrorism_is_followed_and_a_withdrawal_takes_effect(terror):
    assert (0, True) == (terror.said[0].status, "20 items new or changed" in terror.said[0].out)
    terror.provider.delete(3)
    assert "1 withdrawn" in terror.update().out
    assert (19, False) == (len(terror.shown()), "3" in terror.shown())
    assert {"tat:far-right", "tat:islamist"} == {one["severity"] for one in terror.shown().values()}


@pytest.mark.parametrize("name", ["threats", "terror"])
def test_a_failure_in_the_middle_keeps_what_was_read_and_the_next_update_goes_on(name, request):
    followed = request.getfixturevalue(name)
    for number in range(21, 40):
        if name == "threats":
            said = threatexchange.Descriptor(str(900 + number))
            value = threatexchange.invented(number)
            followed.provider.put(threatexchange.Indicator(str(number), "HASH_PDQ", value, 0, (said,)))
        else:
            followed.provider.put(tat.Listed(number, tat.invented(number)))
    path = "threat_updates" if name == "threats" else "hash-list"
    followed.provider.faults.add(Fault(path=path), Fault(status=403, path=path))
    followed.provider.faults.add(Fault(status=403, path=path))
    assert 69 == followed.update().status
    followed.provider.faults.clear()
    assert 0 == followed.update().status
    assert {str(number) for number in range(21, 40)} <= set(followed.shown())


@pytest.mark.parametrize("name", ["threats", "terror"])
def test_secrets_stand_in_no_file_of_the_bank_and_in_nothing_that_is_said(name, request):
    followed = request.getfixturevalue(name)
    followed.provider.faults.always = Fault(status=403)
    assert 69 == followed.update().status
    followed.said.append(followed.kindward("bank", "status", "ours", "-o", "jsonl"))
    said = b"".join(answer.raw + answer.raw_errors for answer in followed.said)
    files = [file for file in (followed.kindward.folder / "ours").rglob("*") if file.is_file()]
    assert len(files) > 3
    for secret in SECRETS:
        assert secret.encode() not in said
        assert [] == [file for file in files if secret.encode() in file.read_bytes()]


def test_a_project_vic_list_in_a_file_is_followed_too(kindward, tmp_path):
    def write(*numbers):
        context = "http://github.com/ICMEC/ProjectVic/DataModels/1.3.xml#Media"
        records = [
            {"MediaID": n, "Category": 1, "MD5": hashlib.sha256(b"%d" % n).hexdigest()[:32], "PhotoDNA": "00" * 144}
            for n in numbers
        ]
        (tmp_path / "new").write_text(json.dumps({"odata.metadata": context, "value": records}))
        (tmp_path / "new").replace(tmp_path / "list.json")

    write(1, 2)
    assert 0 == kindward("bank", "subscribe", "ours", "--source", "file", "--set", "path=list.json").status
    write(2, 3)
    answer = kindward("bank", "update", "ours")
    assert (0, True) == (answer.status, "1 item new or changed, 1 withdrawn" in answer.out), answer
