"""Errors as RFC 9457 problem documents, in German or English."""

from __future__ import annotations

import gettext
from http import HTTPStatus

import msgspec

from kindward.config import Settings
from kindward.errors import ContentError, KindwardError, StateError, TrustError
from kindward.locale import FOLDER, LANGUAGES, N_, explain, translate
from kindward.service.answers import PROBLEM, Answer
from kindward.service.refusals import Refusal, internal, not_ready

TITLES = {
    400: N_("Not a proper request"),
    401: N_("Who is asking?"),
    403: N_("Not allowed"),
    404: N_("Not found"),
    405: N_("Wrong method"),
    408: N_("Too slow"),
    409: N_("Not possible now"),
    413: N_("Too large"),
    415: N_("Wrong kind of body"),
    422: N_("Could not be checked"),
    429: N_("Too many requests"),
    500: N_("Internal fault"),
    502: N_("A neighbour does not answer"),
    503: N_("Not ready"),
}
UNCHECKED = frozenset({408, 413, 415, 422, 429})
"""Statuses under which a content was sent and left unchecked, so that somebody must decide about it."""
SPOKEN = [name for name in LANGUAGES if name == "en" or gettext.find("kindward", str(FOLDER), [name])]
"""A source tree whose catalogues are not compiled speaks English."""


def problem(error: KindwardError, language: str, *, settings: Settings | None = None) -> Answer:
    """Write an error as an answer.

    With ``settings`` (on routes that decide about content) it says what the policy decides for content that could not
    be checked, so that no caller has to invent a default of its own. Errors of the installation are told by their
    code alone, because their sentences name files of the server; the log has the rest.
    """
    told = public(error)
    status = told.status if isinstance(told, Refusal) else told.http_status
    detail, hint = explain(told, language)
    record = {
        "type": f"urn:kindward:problem:{error.code}",
        "title": translate(TITLES[status], language),
        "status": status,
        "detail": detail,
        "code": error.code,
        "hint": hint,
    }
    if settings is not None and (decision := _decision(error, settings)):
        record |= {"decision": decision, "simulated": settings.simulate}
    headers = told.headers if isinstance(told, Refusal) else ()
    return Answer(
        status,
        msgspec.json.encode(record),
        PROBLEM,
        (*headers, (b"content-language", language.encode())),
        # What still trickles in after a timeout belongs to no request (RFC 9110, section 15.5.9).
        closes=status == HTTPStatus.REQUEST_TIMEOUT,
    )


def public(error: KindwardError) -> KindwardError:
    """Give what a caller may be told of an error: its own sentence, or only that something is out of order here."""
    return error if isinstance(error, (ContentError, Refusal)) else _told_in_general(error)


def choose_language(accepted: bytes) -> str:
    """Choose German or English from an Accept-Language header (RFC 9110, section 12.5.4); English when in doubt."""
    best, best_weight = "en", 0.0
    for part in accepted[:200].decode("latin-1").lower().split(","):
        name, _, parameter = part.strip().partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if name.strip()[:2] in SPOKEN and weight > best_weight:
            best, best_weight = name.strip()[:2], weight
    return best


def _told_in_general(error: KindwardError) -> Refusal:
    return Refusal(
        error.code,
        N_("The service cannot do this at the moment."),
        N_("Its log and `kindward doctor` say why."),
        # 409 would blame the request for the state of the service.
        status=TrustError.http_status if isinstance(error, StateError) else error.http_status,
        headers=((b"retry-after", b"5"),),
    )


def _decision(error: KindwardError, settings: Settings) -> str | None:
    if isinstance(error, TrustError) or error.code == not_ready().code:
        return settings.policy.on_trust_error
    if isinstance(error, Refusal) and error.code != internal().code and error.status not in UNCHECKED:
        return None
    return settings.policy.on_unreadable
