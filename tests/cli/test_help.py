"""Whom to call, on the command line."""


def test_a_country_has_services(kindward):
    answer = kindward("help", "--country", "DE")

    assert 0 == answer.status
    assert "0800 22 55 530" in answer.out
    assert "read at bundesregierung.de on 2026-11-23" in answer.out
    assert "not checked yet" in answer.out


def test_who_asks_narrows_the_list(kindward):
    records = kindward("help", "--country", "at", "--for", "child", "-o", "jsonl").records

    assert "at-rat-auf-draht" == records[0]["id"]
    assert all("child" in one["audience"] for one in records)


def test_the_language_of_the_reader_is_spoken(kindward):
    answer = kindward("--language", "de", "help", "--country", "DE", "--for", "own_thoughts")

    assert "unter Schweigepflicht" in answer.out


def test_an_unknown_country_is_told_which_are_known(kindward):
    answer = kindward("help", "--country", "XX")

    assert 0 == answer.status
    assert "these countries have some: AT, AU, CH, DE" in answer.out


def test_the_country_is_asked_for(kindward):
    assert 64 == kindward("help").status
