"""NCMEC and StopNCII followed by the real program, against their stand-ins: matching, withdrawing, answering."""

import pytest

from kindward.sandbox import ncmec, running, stopncii


class Followed:
    """A bank that follows a provider, and the provider."""

    def __init__(self, kindward, provider, name, url, secrets):
        self.kindward, self.provider = kindward, provider
        given = []
        for secret, text in secrets.items():
            (kindward.folder / secret).write_text(f"{text}\n")
            (kindward.folder / secret).chmod(0o600)
            given += ["--secret", f"{secret}={secret}"]
        self.secrets = tuple(secrets.values())
        self.said = [kindward("bank", "subscribe", "ours", "--source", name, "--set", f"url={url}", *given)]

    def update(self):
        self.said.append(self.kindward("bank", "update", "ours"))
        return self.said[-1]

    def shown(self):
        record = self.kindward("bank", "show", "ours", "--limit", "1000", "-o", "jsonl").record
        return {one["entry"]: one for one in record["shown"]}


@pytest.fixture
def hashes(kindward):
    provider = ncmec.sandbox(20)
    provider.page = 6
    with running(provider.app) as url:
        secrets = {"user": ncmec.USER, "password": ncmec.PASSWORD}
        yield Followed(kindward, provider, "ncmec", url, secrets)


@pytest.fixture
def adults(kindward):
    provider = stopncii.sandbox(20)
    with running(provider.app) as url:
        secrets = {
            "subscription_key": stopncii.SUBSCRIPTION,
            "fetch_key": stopncii.FETCH,
            "feedback_key": stopncii.FEEDBACK,
        }
        yield Followed(kindward, provider, "stopncii", f"{url}/v1", secrets)


def test_ncmec_is_followed_and_a_tombstone_takes_effect(hashes):
    assert (0, True) == (hashes.said[0].status, "20 items new or changed" in hashes.said[0].out)
    assert {"ncmec:A1", "ncmec:B2"} == {one["severity"] for one in hashes.shown().values()}
    hashes.provider.delete("entry3")
    assert "1 withdrawn" in hashes.update().out
    assert "42-entry3" not in hashes.shown()


def test_fingerprints_that_are_not_matched_today_are_kept(hashes):
    record = hashes.kindward("bank", "show", "ours", "-o", "jsonl").record

    assert {"pdna": 20, "tmk_pdqf": 6} == record["kept"]


def test_a_reviewers_word_about_an_entry_reaches_ncmec(hashes):
    said = hashes.kindward(
        *("bank", "feedback", "ours", "42-entry1", "--wrong", "--reason", "Not child abuse", "--send")
    )
    assert 0 == said.status
    assert {("42", "entry1", type_) for type_ in ("PDQ", "MD5", "SHA1")} == {told[:3] for told in hashes.provider.told}
    assert "42-entry1" not in {entry for entry, one in hashes.shown().items() if one["state"] == "active"}


def test_stopncii_is_followed_and_a_withdrawn_consent_takes_effect(adults):
    assert (0, True) == (adults.said[0].status, "20 items new or changed" in adults.said[0].out)
    assert {"stopncii:adult"} == {one["severity"] for one in adults.shown().values()}
    adults.provider.set_status("ImagePDQ", stopncii.invented(1), "Withdrawn")
    assert "1 withdrawn" in adults.update().out
    assert 19 == len(adults.shown())


@pytest.mark.parametrize("name", ["hashes", "adults"])
def test_secrets_stand_in_no_file_of_the_bank_and_in_nothing_that_is_said(name, request):
    followed = request.getfixturevalue(name)
    followed.said.append(followed.kindward("bank", "status", "ours", "-o", "jsonl"))
    said = b"".join(answer.raw + answer.raw_errors for answer in followed.said)
    files = [file for file in (followed.kindward.folder / "ours").rglob("*") if file.is_file()]

    assert len(files) > 3
    for secret in followed.secrets:
        # A user name may stand anywhere by chance, so only what is long enough to be a secret is searched for.
        if len(secret) > 8:
            assert secret.encode() not in said
            assert [] == [file for file in files if secret.encode() in file.read_bytes()]
