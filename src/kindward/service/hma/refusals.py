"""What these routes refuse, in sentences; the answer has HMA's form, ``{"message": …}``, with a code beside it."""

from __future__ import annotations

from kindward.locale import N_
from kindward.service.refusals import Refusal


def address() -> Refusal:
    """Refuse to fetch: a server that opens addresses for its callers opens its own network to them."""
    return Refusal(
        "hma_url",
        N_("kindward fetches nothing from the network, so `url` cannot be used."),
        N_("Send the bytes in a form: `-F photo=@FILE`."),
        status=400,
    )


def missing(name: str) -> Refusal:
    """Say which parameter is needed."""
    return Refusal("hma_parameter_missing", N_("The parameter `{name}` is missing."), "", status=400, name=name)


def wrong(name: str) -> Refusal:
    """Say which parameter has a value that cannot be used; the value itself is not repeated."""
    return Refusal(
        "hma_parameter_wrong", N_("The parameter `{name}` has a value that cannot be used."), "", status=400, name=name
    )


def no_such_signal() -> Refusal:
    """Say that this signal type is not offered."""
    return Refusal(
        "hma_signal_type",
        N_("There is no such signal type."),
        N_("Offered are pdq and video_md5."),
        status=400,
    )


def fingerprint_wrong(signal: str) -> Refusal:
    """Say that a fingerprint is none of its kind."""
    return Refusal(
        "hma_signal_invalid",
        N_("The value is no {signal} fingerprint in hexadecimal digits."),
        "",
        status=400,
        signal=signal,
    )


def unclear() -> Refusal:
    """Say that a picture has too little structure for a fingerprint that could be believed."""
    return Refusal(
        "hma_quality_low",
        N_("The picture has too little structure for a look-up by its look; it was not looked up."),
        N_("This does not make it harmless. /v1/check also looks up its exact bytes."),
        status=422,
    )


def bank_missing() -> Refusal:
    """Say that there is no bank of this name."""
    return Refusal("hma_bank_missing", N_("There is no such bank."), N_("GET /c/banks lists them."), status=404)


def bank_exists() -> Refusal:
    """Say that a name is taken."""
    return Refusal("hma_bank_exists", N_("There is a bank of this name already."), "", status=403)


def bank_name() -> Refusal:
    """Say how a bank may be named."""
    return Refusal(
        "hma_bank_name",
        N_("A bank's name consists of capital letters, digits and underscores and does not begin with a digit."),
        "",
        status=400,
    )


def bank_elsewhere() -> Refusal:
    """Refuse to change a list that comes from somebody else."""
    return Refusal(
        "hma_bank_not_local",
        N_("This bank comes from its own source and cannot be changed over HTTP."),
        N_("Only banks made with POST /c/banks can; `kindward bank quarantine` takes a wrong entry out of force."),
        status=403,
    )


def content_missing() -> Refusal:
    """Say that a bank has no such content."""
    return Refusal("hma_content_missing", N_("The bank has no such content."), "", status=404)


def exchange_elsewhere() -> Refusal:
    """Say where subscriptions are made."""
    return Refusal(
        "hma_exchange_elsewhere",
        N_("Subscriptions need secrets and are not made over HTTP."),
        N_("`kindward bank subscribe` makes one; GET /c/exchanges lists them."),
        status=403,
    )


def exchange_missing() -> Refusal:
    """Say that there is no such subscription."""
    return Refusal(
        "hma_exchange_missing", N_("There is no such exchange."), N_("GET /c/exchanges lists them."), status=404
    )


def body_wrong() -> Refusal:
    """Say that the body is not what the route expects."""
    return Refusal(
        "hma_body_wrong",
        N_("The body is not what this route expects."),
        N_("The documentation of these routes shows an example of each."),
        status=422,
    )
