"""Whatever lies in the folder of a bank is used, mended or refused, and never ends in anything else."""

import random
import shutil
from datetime import UTC, datetime

import pytest
from broken import broken
from paging_plug_in import install
from providers import Followed, Provider, record, value

from kindward.banks import Bank
from kindward.banks.approval import approve, new_key
from kindward.banks.budgets import read_budget
from kindward.errors import KindwardError
from kindward.model import Fingerprint
from kindward.service.hma.local import Local
from kindward.subscription import rejects
from kindward.subscription.standing import Standings
from kindward.subscription.updating import update

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def paging(tmp_path_factory):
    """Let the plug-in of the tests be found by its name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(install(tmp_path_factory.mktemp("site")))
        yield


@pytest.fixture(scope="module")
def followed(tmp_path_factory, paging):
    """Follow a provider, with rejected records, an opinion of our own and a journal behind the parts."""
    provider = Provider(*[record(number, number + 100) for number in range(9)], {"bad": 9}, page=4)
    one = Followed(tmp_path_factory.mktemp("banks") / "bank", provider)
    one.subscribe()
    provider.events += [record(3, gone=True), record(20)]
    one.update()
    with Bank.open(one.path) as bank:
        bank.quarantine("e5", "doubted", "me")
        new_key(one.path.parent / "operator.key")
        approve(bank, (one.path.parent / "operator.key").read_bytes(), now=NOW)
    (one.path / "hma.json").write_text('{"groups": {"1": {"name": "KNOWN"}}, "disabled": {"e5": 0}}')
    return one


def acts(followed, path):
    """Give what is done with a bank, each by itself."""

    def look():
        with Bank.open(path) as bank:
            bank.lookup([Fingerprint("pdq/1", value(1))], 31)
            list(bank.entries())
            list(bank.states())
            bank.counts()
            bank.compact()

    def groups():
        with Bank.open(path) as bank:
            Local(bank).register()

    return (
        look,
        groups,
        lambda: update(path, followed.means),
        lambda: Standings([path]).look(),
        lambda: list(rejects.kept(path)),
        lambda: read_budget(path),
    )


@pytest.mark.parametrize("count", [150, pytest.param(6_000, marks=pytest.mark.long)])
def test_a_bank_with_one_broken_file_is_used_or_refused(followed, tmp_path, count):
    codes, used = set(), 0
    files = sorted(file.relative_to(followed.path) for file in followed.path.rglob("*") if file.is_file())
    for number in range(count):
        rng = random.Random(number)
        copy = tmp_path / str(number)
        shutil.copytree(followed.path, copy)
        file = copy / rng.choice(files)
        file.write_bytes(broken(file.read_bytes(), rng))
        for act in acts(followed, copy):
            try:
                act()
            except KindwardError as refused:
                codes.add(refused.code)
            else:
                used += 1
        shutil.rmtree(copy)
    assert used > count
    assert len(codes) > 2
