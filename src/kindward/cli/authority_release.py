"""``kindward authority sign``, ``publish``, ``rotate``, ``status``: bring what is agreed on to the subscribers."""

from __future__ import annotations

from pathlib import Path

import click

from kindward.cli import exits
from kindward.cli.authority import EXCHANGE, HOME, now
from kindward.cli.output import Form, output_option, put_one
from kindward.cli.session import Session, pass_session
from kindward.cli.streams import visible
from kindward.cli.translated import Argument, Command, Option
from kindward.locale import N_, _


@click.command(
    "sign",
    cls=Command,
    help=N_(
        "Sign what waits: the root of the list, and the next release, after building it oneself from the statements."
        "\n\n"
        "A release is not signed if another signer built something else, or if an entry is near a lawful canary."
    ),
)
@HOME
@EXCHANGE
@click.option(
    "--anew",
    cls=Option,
    is_flag=True,
    help=N_("Let go of a release that others began, and begin it with all said since."),
)
@output_option
@pass_session
def sign(session: Session, home: str, exchange: str, anew: bool, form: Form) -> int:
    """Sign."""
    session.settings()
    from kindward.authority.exchange import Exchange
    from kindward.authority.home import Home
    from kindward.authority.signing import sign as signed

    shared = Exchange(Path(exchange))
    done = signed(Home(Path(home)), shared, now(), anew=anew)
    lines = []
    if done.root:
        lines.append(_("Root {version} is signed.").format(version=done.root))
    if done.root == 1:
        charter, threshold = shared.charter, shared.root().roles["root"].threshold
        lines.append(
            _(
                "It founds the list {list}: {threshold} of {count} authorities sign, {quorum} of {witnesses} witnesses "
                "cosign."
            ).format(
                list=charter.name,
                threshold=threshold,
                count=len(charter.authorities),
                quorum=charter.quorum,
                witnesses=len(charter.witnesses),
            )
        )
    if done.fresh:
        lines.append(_("It brings in these keys; compare them with their owners, by telephone for example:"))
        told = _("  {authority}, {role}: {keyid}")
        lines += [told.format(authority=one.authority, role=one.role, keyid=one.keyid) for one in done.fresh]
    if done.build is not None:
        release = done.build.release
        lines.append(
            _(
                "Release {number} is signed: {added} added, {removed} withdrawn, {active} in force. Digest {digest}"
            ).format(
                number=release.number,
                added=release.added,
                removed=release.removed,
                active=release.active,
                digest=done.build.digest[:16],
            )
        )
    lines.append(
        _("Still needed: {names}.").format(names=", ".join(done.missing))
        if done.missing
        else _("All signatures are there; the publisher runs: kindward authority publish")
    )
    record = {
        "root": done.root or None,
        "release": done.release or None,
        "digest": done.build.digest if done.build else None,
        "missing": list(done.missing),
        "fresh": [{"authority": one.authority, "role": one.role, "keyid": one.keyid} for one in done.fresh],
    }
    put_one(form, record, "\n".join(lines))
    return exits.NOTHING_FOUND


@click.command(
    "publish",
    cls=Command,
    help=N_(
        "Publish the signed release, or renew the time of the present one.\n\n"
        "Subscribers refuse a list whose time is older than a day, so that nobody can hold a withdrawal back "
        "unnoticed: run it with --refresh every few hours."
    ),
)
@HOME
@EXCHANGE
@click.argument("to", cls=Argument, metavar="LIST", help=N_("Folder from which subscribers and outsiders fetch."))
@click.option(
    "--witness-key",
    "witness_keys",
    cls=Option,
    multiple=True,
    metavar="FILE",
    help=N_("Key of a witness on this machine, for trying out."),
)
@click.option(
    "--witness", "witnesses", cls=Option, multiple=True, metavar="URL", help=N_("Address of a witness to ask.")
)
@click.option("--refresh", cls=Option, is_flag=True, help=N_("Only renew the time; leave a release that waits."))
@output_option
@pass_session
def publish(
    session: Session,
    home: str,
    exchange: str,
    to: str,
    witness_keys: tuple[str, ...],
    witnesses: tuple[str, ...],
    refresh: bool,
    form: Form,
) -> int:
    """Publish."""
    session.settings()
    from kindward import app
    from kindward.authority.exchange import Exchange
    from kindward.authority.home import Home
    from kindward.authority.publishing import cosigned_by
    from kindward.authority.publishing import publish as published
    from kindward.authority.witnessing import witness_at
    from kindward.ledger.keys import SigningKey

    moment = now()
    keys = [SigningKey.parse(Path(file).read_text(encoding="ascii").strip()) for file in witness_keys]
    shared = Exchange(Path(exchange))
    cosigners = [
        *(cosigned_by(key, moment) for key in keys),
        *(witness_at(url, shared, app.open_transport()) for url in witnesses),
    ]
    done = published(Home(Path(home)), shared, Path(to), cosigners, moment, refresh=refresh)
    text = (
        _("Release {number} is published at {path}; {count} witnesses cosigned the log of {size} leaves.")
        if done.fresh
        else _("Release {number} at {path} is fresh for another day; {count} witnesses cosigned {size} leaves.")
    )
    put_one(
        form,
        {"release": done.release, "path": to, "size": done.size, "witnesses": list(done.witnesses), "new": done.fresh},
        text.format(number=done.release, path=visible(to), count=len(done.witnesses), size=done.size),
    )
    return exits.NOTHING_FOUND


@click.command(
    "rotate",
    cls=Command,
    help=N_(
        "Give this authority new keys, or the publisher with --online, in a new root that waits for signatures.\n\n"
        "The former keys stay beside the new ones until the new root is published, because it must be signed by both."
    ),
)
@HOME
@EXCHANGE
@click.option("--online", cls=Option, is_flag=True, help=N_("Renew the keys of the publisher instead."))
@click.option("--keep", cls=Option, is_flag=True, help=N_("Keep all keys; only make the root good for another year."))
@click.option("--list-key", cls=Option, default="", metavar="URI", help=N_("Address of the key that signs lists."))
@click.option("--root-key", cls=Option, default="", metavar="URI", help=N_("Address of the key that signs roots."))
@output_option
@pass_session
def rotate(
    session: Session,
    home: str,
    exchange: str,
    online: bool,
    keep: bool,
    list_key: str,
    root_key: str,
    form: Form,
) -> int:
    """Renew keys."""
    if keep and (online or list_key or root_key):
        raise click.UsageError(_("With --keep no key changes, so give no other option."))
    session.settings()
    from kindward.authority.exchange import Exchange
    from kindward.authority.founding import rotate as rotated
    from kindward.authority.home import LIST, ROOT, Home

    uris = {LIST: list_key, ROOT: root_key}
    rotated(Home(Path(home)), Exchange(Path(exchange)), now(), online=online, keep=keep, uris=uris)
    made = _("A root for another year is written.") if keep else _("New keys are made.")
    then = _("Each authority now runs: kindward authority sign HOME {path}").format(path=visible(exchange))
    put_one(form, {"home": home, "online": online, "keep": keep}, f"{made} {then}")
    return exits.NOTHING_FOUND


@click.command(
    "status",
    cls=Command,
    help=N_("Show what waits in an exchange folder, and for whom."),
)
@EXCHANGE
@output_option
@pass_session
def status(session: Session, exchange: str, form: Form) -> int:
    """Show what waits."""
    session.settings()
    from kindward.authority.exchange import Exchange
    from kindward.authority.standing import standing

    found = standing(Exchange(Path(exchange)), now())
    lines = [
        _("List {list}: release {release}, {active} entries in force.").format(
            list=found["list"], release=found["release"] or "-", active=found["active"]
        )
    ]
    told = _("{name}: {count} entries proposed by {authority}, {open} wait for a confirmation.")
    lines += [told.format(**one) for one in found["proposals"]]
    if found["root_waits_for"]:
        lines.append(_("The root waits for: {names}.").format(names=", ".join(found["root_waits_for"])))
    if found["next"]:
        lines.append(
            _("The next release would add {added} and withdraw {removed}; it waits for: {names}.").format(
                **found["next"] | {"names": ", ".join(found["next"]["waits_for"]) or _("the publisher")}
            )
        )
    else:
        lines.append(_("Nothing waits to be released."))
    put_one(form, found, "\n".join(map(visible, lines)))
    return exits.NOTHING_FOUND
