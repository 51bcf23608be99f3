"""Why a report is not composed or not delivered; no sentence repeats anything the report says."""

from __future__ import annotations

from kindward.errors import ConfigError, ContentError, RemoteError, StateError, TrustError
from kindward.locale import N_


def incomplete(case: str, codes: str) -> ContentError:
    """Say that something is missing without which an authority cannot use the report."""
    return ContentError(
        "report_incomplete",
        N_("The report of case {case} lacks what the authority needs: {missing}."),
        N_("Add it and release the report again; the list of gaps says what each of them means."),
        case=case,
        missing=codes,
    )


def field_wrong(path: str, rule: str) -> ContentError:
    """Say which field does not fit the authority's form; its value is not repeated."""
    return ContentError(
        "report_field_wrong",
        N_("The field {path} of the report does not fit the form of the authority: {rule}."),
        N_("Correct it in the case and release the report again."),
        path=path,
        rule=rule,
    )


def batch_wrong(part: str) -> ContentError:
    """Say what a batched report cannot hold."""
    return ContentError(
        "report_batch_wrong",
        N_("A report about many accounts that pass on one file cannot hold this, or lacks it: {part}."),
        N_("Report this case by itself, or leave it out of the facts."),
        part=part,
    )


def attachments_differ(case: str) -> ContentError:
    """Say that the files of the report and those handed over are not the same."""
    return ContentError(
        "report_attachments_differ",
        N_("The files of the report of case {case} are not those that were handed over."),
        N_("Hand over exactly the files that the report names; nothing was sent."),
        case=case,
    )


def not_released(case: str) -> StateError:
    """Say that a human must release it."""
    return StateError(
        "report_not_released",
        N_("The report of case {case} was not released by anybody, so it is not sent."),
        N_("A reporter releases every report by itself; nothing is ever sent automatically."),
        case=case,
    )


def changed(case: str) -> StateError:
    """Say that something else was released."""
    return StateError(
        "report_changed",
        N_("The report of case {case} is not the one that was released."),
        N_("Look at it again and release it as it is now."),
        case=case,
    )


def unpackable() -> TrustError:
    """Say that a stored report cannot be read back."""
    return TrustError(
        "report_unreadable",
        N_("The stored report cannot be read, so it is not sent."),
        N_("Compose and release it again; tell whoever keeps the storage."),
    )


def busy(authority: str, code: int) -> RemoteError:
    """Say that the authority failed and may be asked again."""
    return RemoteError(
        "authority_busy",
        N_("The authority {authority} could not take the report just now (answer {answer})."),
        N_("Nothing is lost; it is sent again later."),
        authority=authority,
        answer=code,
    )


def stopped(authority: str, code: int) -> ConfigError:
    """Say that our account with the authority is not in order, so that trying again is no use."""
    return ConfigError(
        "authority_refused",
        N_("The authority {authority} does not let us report (answer {answer})."),
        N_("Check credentials and permissions at once: reports wait. Do not try other credentials by guessing."),
        authority=authority,
        answer=code,
    )


def rejected(authority: str, code: int) -> StateError:
    """Say that what we sent is wrong, which is our fault."""
    return StateError(
        "authority_rejected",
        N_("The authority {authority} rejected the report as malformed (answer {answer})."),
        N_("Compare the authority's form with ours and tell the developers; it would be rejected every time."),
        authority=authority,
        answer=code,
    )


def corrupted(authority: str) -> RemoteError:
    """Say that a file arrived changed."""
    return RemoteError(
        "authority_corrupted",
        N_("A file arrived at the authority {authority} changed; the report was taken back."),
        N_("It is sent again later; if it happens again, look for a broken device on the way."),
        authority=authority,
    )


def unreadable(authority: str) -> RemoteError:
    """Say that an answer cannot be understood; what was done is found out at the next try."""
    return RemoteError(
        "authority_unreadable",
        N_("The answer of the authority {authority} cannot be understood."),
        N_("It is asked again later what became of the report, and nothing is sent twice."),
        authority=authority,
    )


def not_for_production(authority: str) -> ConfigError:
    """Say that reports to the real centre must be allowed first."""
    return ConfigError(
        "authority_not_production",
        N_("The authority {authority} is not allowed to send real reports yet."),
        N_("Try the sandbox first; then set production for it, give its credentials and run `kindward doctor`."),
        authority=authority,
    )


def setting_wrong(authority: str, name: str, form: str) -> ConfigError:
    """Say that a setting of an authority is missing, unknown or wrong; its value is not repeated."""
    return ConfigError(
        "authority_setting_wrong",
        N_("The setting {setting} of the authority {authority} is missing, unknown or wrong."),
        N_("It must be {form}."),
        setting=name,
        authority=authority,
        form=form,
    )


def unknown(name: str, known: str) -> ConfigError:
    """Say that no such authority is installed."""
    return ConfigError(
        "authority_unknown",
        N_("There is no authority named {authority}."),
        N_("These are installed: {known}."),
        authority=name,
        known=known,
    )


def broken(name: str, place: str, kind: str) -> ConfigError:
    """Say that a plug-in cannot be loaded."""
    return ConfigError(
        "authority_broken",
        N_("The authority {authority} cannot be loaded from {place} ({kind})."),
        N_("Install the package that offers it again, or remove it."),
        authority=name,
        place=place,
        kind=kind,
    )


def twice(name: str, first: str, second: str) -> ConfigError:
    """Say that two packages claim one name."""
    return ConfigError(
        "authority_twice",
        N_("Two installed packages offer an authority named {authority}."),
        N_("Remove one of them: {first} or {second}."),
        authority=name,
        first=first,
        second=second,
    )


def signature_wrong() -> TrustError:
    """Say that a signed form was changed."""
    return TrustError(
        "report_signature_wrong",
        N_("The signature of the form is not right."),
        N_("Do not use it; ask whoever sent it for the original."),
    )


def personal(name: str) -> ContentError:
    """Say that something personal stands in a text that will be published."""
    return ContentError(
        "statement_personal",
        N_("The field {field} of the statement of reasons seems to hold something personal, so it is not sent."),
        N_("Describe the decision in general words, without names, addresses, numbers or accounts."),
        field=name,
    )


def library_missing(package: str) -> ConfigError:
    """Say that an optional package is needed."""
    return ConfigError(
        "reports_library_missing",
        N_("The form for people needs the package {package}, which is not installed."),
        N_("Install kindward[reports]."),
        package=package,
    )
