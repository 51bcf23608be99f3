"""Make a bank from a list of fingerprints, add to it and withdraw from it: python make_a_bank.py LIST BANK."""

import sys
from pathlib import Path

from kindward.banks import Bank, build_bank, read_list


def main(source: str, folder: str) -> None:
    """Print what became of a list."""
    report = build_bank(Path(folder), read_list(Path(source)))
    print(f"{report.entries} entries, {report.duplicates} duplicates, {report.rejected_total} lines left out")
    for rejected in report.rejected:
        print(f"line {rejected.line}: {rejected.sentence}")
    with Bank.open(folder) as bank:
        first = next(bank.entries())
        bank.withdraw(first.id, "entered by mistake")
        print(f"{bank.name} {bank.version}: {sum(bank.counts().values())} entries in force")


if __name__ == "__main__":
    main(*sys.argv[1:])
