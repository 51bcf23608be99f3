"""Write people and accounts as NCMEC's form has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kindward.banks.sources.xml_tree import Node
from kindward.reports.moments import Moment
from kindward.reports.ncmec.forms import holding, judged, plain, said, yes_or_no
from kindward.reports.people import (
    Account,
    Address,
    Closure,
    Device,
    Email,
    IpEvent,
    Linked,
    LinkKind,
    Person,
    Phone,
    Recipient,
    Reported,
    Spot,
    Victim,
)

_USA = "US"


def time_text(moment: Moment | None) -> str:
    """Write a moment, or nothing where its zone is unknown: the form takes times with a zone only."""
    return "" if moment is None or moment.zone is None else moment.text


def address(name: str, given: Address) -> Node:
    """Write a postal address."""
    home = given.country == _USA
    return holding(
        name,
        said("address", given.street),
        said("city", given.city),
        said("zipCode", given.postcode),
        said("state", given.region) if home else None,
        None if home else said("nonUsaState", given.region),
        said("country", given.country),
        type=given.kind.capitalize() if given.kind else "",
    )


def phone(name: str, given: Phone) -> Node:
    """Write a telephone number."""
    return plain(
        name,
        given.number,
        type=given.kind.capitalize() if given.kind else "",
        verified=yes_or_no(given.verified),
        verificationDate=time_text(given.verified_at),
        countryCallingCode=given.calling_code,
        extension=given.extension,
    )


def email(name: str, given: Email) -> Node:
    """Write an e-mail address."""
    return plain(
        name,
        given.address,
        type=given.kind.capitalize() if given.kind else "",
        verified=yes_or_no(given.verified),
        verificationDate=time_text(given.verified_at),
    )


def _contact(given: Person) -> Iterator[Node | None]:
    yield said("firstName", given.first_name)
    yield said("lastName", given.last_name)
    yield from (phone("phone", one) for one in given.phones)
    yield from (email("email", one) for one in given.emails)
    yield from (address("address", one) for one in given.addresses)


def contact(name: str, given: Person | None) -> Node | None:
    """Write whom to ask; age and birthday have no place there."""
    return None if given is None else holding(name, *_contact(given))


def person(name: str, given: Person | None) -> Node | None:
    """Write a human being."""
    if given is None:
        return None
    age = None if given.age is None else plain("age", str(given.age))
    return holding(name, *_contact(given), age, said("dateOfBirth", given.born))


def ip_event(given: IpEvent) -> Node:
    """Write an IP address at its moment."""
    return holding(
        "ipCaptureEvent",
        plain("ipAddress", given.address),
        plain("eventName", given.act.capitalize()),
        said("dateTime", time_text(given.at)),
        judged("possibleProxy", given.proxy),
        None if given.port is None else plain("port", str(given.port)),
    )


def device(given: Device) -> Node:
    """Write a device."""
    return holding(
        "deviceId",
        plain("idType", given.kind),
        plain("idValue", given.value),
        said("eventName", given.act.capitalize() if given.act else ""),
        said("dateTime", time_text(given.at)),
    )


def _closure(given: Closure) -> Node:
    more = {} if given.for_good else {"reenabledDate": time_text(given.reopened_at)}
    return plain(
        "accountPermanentlyDisabled" if given.for_good else "accountTemporarilyDisabled",
        "true",
        disabledDate=time_text(given.at),
        userNotified=yes_or_no(given.told),
        userNotifiedDate=time_text(given.told_at),
        **more,
    )


def _closures(account: Account) -> Iterator[Node]:
    yield from map(_closure, sorted(account.closures, key=lambda one: one.for_good))


def _spot(given: Spot | None) -> Node | None:
    if given is None:
        return None
    return holding(
        "estimatedLocation",
        said("city", given.city),
        said("region", given.region),
        plain("countryCode", given.country),
        verified=yes_or_no(given.verified),
        timestamp=time_text(given.at),
    )


def _profile(given: Account) -> Iterator[Node | None]:
    yield said("espIdentifier", given.identifier)
    yield said("espService", given.service)
    yield judged("compromisedAccount", given.compromised)
    yield said("screenName", given.screen_name)
    yield from (said("displayName", name) for name in given.display_names)
    yield from (said("profileUrl", url) for url in given.profile_urls)
    yield said("profileBio", given.bio)


def _seen(given: Account) -> Iterator[Node]:
    yield from map(ip_event, given.ips)
    yield from map(device, given.devices)


def _earlier(name: str, given: Account) -> Iterator[Node]:
    yield from (plain(name, str(number)) for number in given.earlier_reports)


def zoneless(events: Iterable[IpEvent | Device]) -> list[str]:
    """Tell in words the times whose zone is unknown, so that nothing is lost."""
    lines = []
    for event in events:
        if event.at is not None and event.at.zone is None:
            what = event.address if isinstance(event, IpEvent) else event.kind
            lines.append(f"{what}: recorded {event.at.text}, time zone unknown")
    return lines


def _note(account: Account) -> Node | None:
    own = [account.note] if account.note.strip() else []
    return said("additionalInfo", "\n".join([*own, *zoneless((*account.ips, *account.devices))]))


_LINKS = {LinkKind.GUARDIAN: "Parent/Guardian"}


def _linked(given: Linked) -> Node:
    account, who = given.account, given.person or Person()
    third = yes_or_no(given.third_party)
    age = None if who.age is None or who.born else plain("approximateAge", str(who.age))
    return holding(
        "associatedAccount",
        said("platform", given.platform, thirdPartyUser=third),
        said("firstName", who.first_name),
        said("middleName", given.middle_name),
        said("lastName", who.last_name),
        age,
        said("dateOfBirth", who.born),
        *(phone("phone", one) for one in who.phones),
        *(email("email", one) for one in who.emails),
        judged("allEmailsReported", account.all_emails),
        *(address("address", one) for one in who.addresses),
        said("espService", account.service),
        said("espIdentifier", account.identifier),
        *(said("profileUrl", url) for url in account.profile_urls),
        said("screenName", account.screen_name),
        *(said("displayName", name) for name in account.display_names),
        said("profileBio", account.bio),
        said("groupIdentifier", account.group),
        judged("compromisedAccount", account.compromised),
        *_closures(account),
        *_seen(account),
        *_earlier("priorCTReport", account),
        _note(account),
        type=_LINKS.get(given.kind, given.kind.capitalize()),
    )


def reported(given: Reported) -> Node:
    """Write somebody whose account the report is about."""
    account = given.account
    return holding(
        "personOrUserReported",
        person("personOrUserReportedPerson", given.person),
        said("vehicleDescription", given.vehicle),
        *_profile(account),
        *_seen(account),
        judged("thirdPartyUserReported", given.third_party),
        *_earlier("priorCTReports", account),
        said("groupIdentifier", account.group),
        *_closures(account),
        _spot(account.spot),
        judged("allEmailsReported", account.all_emails),
        *map(_linked, given.linked),
        _note(account),
    )


def recipient(given: Recipient) -> Node:
    """Write somebody to whom it was sent."""
    account = given.account
    return holding(
        "intendedRecipient",
        person("intendedRecipientPerson", given.person),
        *_profile(account),
        *_seen(account),
        *_earlier("priorCTReports", account),
        said("groupIdentifier", account.group),
        *_closures(account),
        _spot(account.spot),
        judged("allEmailsReported", account.all_emails),
        _note(account),
    )


def victim(given: Victim) -> Node:
    """Write a child to whom something was done."""
    account = given.account
    return holding(
        "victim",
        person("victimPerson", given.person),
        *_profile(account),
        *_seen(account),
        said("schoolName", given.school),
        *_earlier("priorCTReports", account),
        *_closures(account),
        _spot(account.spot),
        judged("allEmailsReported", account.all_emails),
        *map(_linked, given.linked),
        _note(account),
    )
