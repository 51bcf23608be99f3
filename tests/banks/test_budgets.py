"""A budget is kept beside its bank, and only a whole one is taken back."""

from __future__ import annotations

import pytest

from kindward.banks import Bank, build_bank
from kindward.banks.budgets import FILE, Budget, read_budget, write_budget
from kindward.errors import TrustError
from kindward.model import Entry

BUDGET = Budget(1e-6, 0, 3_000_000, 9.98e-7, 0.95, "2026-11-24", "2026-11-24.abc")


@pytest.fixture
def folder(tmp_path):
    build_bank(tmp_path / "bank", [Entry("one", "pdq/1", bytes(range(32)))], name="bank")
    return tmp_path / "bank"


def test_a_budget_comes_back_as_it_was_written(folder):
    assert read_budget(folder) is None

    write_budget(folder, BUDGET)
    assert BUDGET == read_budget(folder)


def test_a_bank_keeps_its_budget_when_it_changes(folder):
    write_budget(folder, BUDGET)
    with Bank.open(folder) as bank:
        bank.add([Entry("two", "pdq/1", bytes(range(1, 33)))])
        bank.compact()

    assert BUDGET == read_budget(folder)


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "[" * 100_000, '{"allowed": 1}', "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")],
)
def test_what_is_no_budget_is_refused(folder, text):
    (folder / FILE).write_bytes(text.encode("latin-1"))

    with pytest.raises(TrustError):
        read_budget(folder)


def test_a_budget_with_a_text_for_a_number_is_refused(folder):
    write_budget(folder, BUDGET)
    (folder / FILE).write_text((folder / FILE).read_text().replace("3000000", '"3000000"'))

    with pytest.raises(TrustError):
        read_budget(folder)
