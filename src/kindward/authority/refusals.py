"""What the authority's side refuses, in sentences."""

from __future__ import annotations

from pathlib import Path

from kindward.errors import ConfigError, StateError, TrustError
from kindward.locale import N_


def unreadable(path: Path) -> ConfigError:
    """Say that a file of an authority or of an exchange is missing or is none."""
    return ConfigError(
        "authority_file_unreadable",
        N_("The file {path} is missing or cannot be understood."),
        N_("Check the path; `kindward authority --help` names the folders in their order."),
        path=path,
    )


def name_wrong() -> ConfigError:
    """Say how authorities and jurisdictions are written."""
    return ConfigError(
        "authority_name_wrong",
        N_("An authority's name has small letters, digits, dots and hyphens; its jurisdiction is two capital letters."),
        N_("For example: --name de-centre --jurisdiction DE."),
    )


def exists(path: Path) -> StateError:
    """Say that nothing is written over."""
    return StateError(
        "authority_exists", N_("There already is something at {path}."), N_("Choose another place."), path=path
    )


def no_publisher(name: str) -> StateError:
    """Say who can publish."""
    return StateError(
        "authority_not_publisher",
        N_("{authority} does not hold the keys of the publisher."),
        N_("Whoever founded the list publishes it; the others sign."),
        authority=name,
    )


def key_unusable(kind: str, problem: str) -> ConfigError:
    """Say that a key cannot be opened; its address could hold a secret and is not repeated."""
    return ConfigError(
        "authority_key_unusable",
        N_("The key of the kind {kind} cannot be used ({problem})."),
        N_("Check its address and whether the token or service can be reached; PKCS#11 needs kindward[pkcs11]."),
        kind=kind,
        problem=problem,
    )


def pin_missing(name: str) -> ConfigError:
    """Say where the PIN of a token comes from."""
    return ConfigError(
        "authority_pin_missing",
        N_("The token needs a {name}."),
        N_("Write it into a file that only you can read, and set KINDWARD_PIN_FILE to its path."),
        name=name,
    )


def stranger(name: str) -> TrustError:
    """Say that an authority does not belong to a list."""
    return TrustError(
        "authority_stranger",
        N_("{authority} is no authority of this list, or has another key than its charter says."),
        N_("Ask those who founded the list; after a change of keys everybody has to sign the new root first."),
        authority=name,
    )


def too_few(needed: int, found: int) -> ConfigError:
    """Say that a list needs several authorities."""
    return ConfigError(
        "authority_too_few",
        N_("A list needs at least {needed} authorities of two jurisdictions; here are {found}."),
        N_("Name the cards of the others with --with."),
        needed=needed,
        found=found,
    )


def statement_wrong(file: str) -> TrustError:
    """Say that a statement was changed, or is not by whom it says."""
    return TrustError(
        "statement_wrong",
        N_("The statement {file} is damaged, was changed, or was not signed by the authority it names."),
        N_("Fetch it again from that authority; nothing of it was used."),
        file=file,
    )


def statement_gap(file: str) -> TrustError:
    """Say that statements of an authority are missing or do not follow each other."""
    return TrustError(
        "statement_gap",
        N_("The statement {file} does not follow the one before it; one is missing or was replaced."),
        N_("Fetch all statements of that authority again."),
        file=file,
    )


def own_proposal() -> StateError:
    """Say that nobody confirms themselves."""
    return StateError(
        "confirm_own",
        N_("This is your own proposal; another authority has to confirm it."),
        N_("Send the exchange folder to the others."),
    )


def not_reviewed() -> ConfigError:
    """Say what a confirmation rests on."""
    return ConfigError(
        "confirm_not_reviewed",
        N_("A confirmation says that you judged the entries yourself."),
        N_("Give --reviewed if you did, or --from LIST to confirm only what your own list holds."),
    )


def proposal_unknown(name: str) -> StateError:
    """Say that there is no such proposal."""
    return StateError(
        "proposal_unknown",
        N_("There is no proposal {name}."),
        N_("`kindward authority status` lists the proposals."),
        name=name,
    )


def entry_unknown(entry: str) -> StateError:
    """Say that no entry has this id."""
    return StateError(
        "list_entry_unknown",
        N_("The list has no entry {entry}."),
        N_("The ids stand in the proposals and in `kindward bank list` of a subscriber."),
        entry=entry,
    )


def reason_wrong(known: str) -> ConfigError:
    """Say which reasons there are."""
    return ConfigError(
        "withdrawal_reason_wrong", N_("A withdrawal needs one of these reasons: {known}."), "", known=known
    )


def nothing_new() -> StateError:
    """Say that there is nothing to release."""
    return StateError(
        "release_nothing_new",
        N_("Nothing has changed since the last release that two authorities of two jurisdictions agree on."),
        N_("`kindward authority status` shows what waits for whom."),
    )


def other_build(authority: str) -> TrustError:
    """Say that two builds of the same statements differ, which must never be."""
    return TrustError(
        "release_other_build",
        N_("Your own build of this release differs from what {authority} signed."),
        N_("Do not sign. Compare the statements of both folders and the versions of kindward."),
        authority=authority,
    )


def canary_near(label: str, distance: int) -> TrustError:
    """Say that a lawful picture would match."""
    return TrustError(
        "canary_near",
        N_("An entry is only {distance} bits from the lawful canary {label}; the release is not signed."),
        N_("Withdraw the entry, or find out how it came into the list."),
        label=label,
        distance=distance,
    )


def canaries_other() -> TrustError:
    """Say that the canaries are not those of the charter."""
    return TrustError(
        "canaries_other",
        N_("The list of canaries in the exchange is not the one that the charter names."),
        N_("Put back the file whose SHA-256 stands in the charter."),
    )


def unsigned(what: str, missing: str) -> StateError:
    """Say whose signature is still needed."""
    return StateError(
        "release_unsigned",
        N_("{what} cannot be published yet; still needed: {missing}."),
        N_("Each of them runs `kindward authority sign`."),
        what=what,
        missing=missing,
    )


def unwitnessed(found: int, quorum: int) -> StateError:
    """Say that too few witnesses cosigned."""
    return StateError(
        "release_unwitnessed",
        N_("{found} witnesses cosigned the log, but {quorum} are needed."),
        N_("Name more with --witness or --witness-key and publish again; nothing was published yet."),
        found=found,
        quorum=quorum,
    )


def release_unknown(number: int) -> StateError:
    """Say that there is no such release."""
    return StateError("release_unknown", N_("There is no release {number} to go back to."), "", number=number)


def nothing_proposed() -> StateError:
    """Say that a proposal would be empty."""
    return StateError(
        "proposal_empty",
        N_("You have proposed or confirmed all of these entries already, or there are none."),
        "",
    )


def nothing_confirmed() -> StateError:
    """Say that a confirmation would be empty."""
    return StateError(
        "confirm_empty",
        N_("There is nothing to confirm: you have judged these entries already, or your own list holds none of them."),
        N_("To confirm again what you withdrew, propose it yourself."),
    )


def category_missing() -> ConfigError:
    """Say that every entry needs a category."""
    return ConfigError(
        "category_missing",
        N_("An entry has no category, and none is given."),
        N_("Give --category SCHEME:VALUE; the public log names it."),
    )


def no_home(path: Path) -> ConfigError:
    """Say that a folder is not one of an authority."""
    return ConfigError(
        "authority_no_home",
        N_("{path} is not the folder of an authority."),
        N_("HOME comes first, EXCHANGE second; `kindward authority init` makes a HOME."),
        path=path,
    )


def no_exchange(path: Path) -> ConfigError:
    """Say that a folder is not an exchange."""
    return ConfigError(
        "authority_no_exchange",
        N_("{path} is not the exchange folder of a list."),
        N_("HOME comes first, EXCHANGE second; `kindward authority found` makes an EXCHANGE."),
        path=path,
    )


def card_twice() -> ConfigError:
    """Say that each authority has one card."""
    return ConfigError(
        "authority_card_twice",
        N_("Two cards name the same authority."),
        N_("Give each card once; the own one is there without being named."),
    )


def entry_ambiguous(entry: str) -> StateError:
    """Say that an id stands for several entries."""
    return StateError(
        "list_entry_ambiguous",
        N_("{entry} stands for several entries: it is the id of one and another's place in the log, or used twice."),
        N_("Name the entry as the other of the two: subscribers know the place in the log, its proposer the id."),
        entry=entry,
    )


def root_other() -> TrustError:
    """Say that a root was not written by kindward from the cards."""
    return TrustError(
        "root_other",
        N_("The root that waits is not what its cards, the published root and your own keys make it."),
        N_("Do not sign. Somebody changed files in the exchange folder; ask the others what they see."),
    )


def plan_wrong() -> TrustError:
    """Say that what the first signer began is not in order."""
    return TrustError(
        "release_plan_wrong",
        N_("The release that waits was begun wrongly: its statements, its moment or its version are not in order."),
        N_("Do not sign it; ask the others, then begin anew with `kindward authority sign --anew`."),
    )


def plan_outdated(statement: str) -> StateError:
    """Say that a release leaves out what was said before it was begun."""
    return StateError(
        "release_plan_outdated",
        N_("The release that waits leaves out the statement {statement}, which is older."),
        N_("Begin the release anew with `kindward authority sign --anew`; the others then sign again."),
        statement=statement,
    )


def in_log(number: int) -> StateError:
    """Say that a release can no longer be changed."""
    return StateError(
        "release_in_log",
        N_("Release {number} is in the log already, because its publisher signed the log with it."),
        N_("Publish it first; what is said from now on comes into the next one."),
        number=number,
    )


def ahead(at: str) -> TrustError:
    """Say that a clock is wrong."""
    return TrustError(
        "statement_ahead",
        N_("A statement is dated {at}, which is in the future."),
        N_("Set the clock of this machine right, or ask who wrote the statement."),
        at=at,
    )
