"""Who a report names: people, their accounts, and what of it was checked. Nothing of it stands in a ``repr``."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from kindward.reports.moments import Moment


class PhoneKind(StrEnum):
    """What a number is for."""

    MOBILE = "mobile"
    HOME = "home"
    BUSINESS = "business"
    WORK = "work"
    FAX = "fax"
    INTERNET = "internet"
    RECOVERY = "recovery"


class EmailKind(StrEnum):
    """What an e-mail address is for."""

    HOME = "home"
    WORK = "work"
    BUSINESS = "business"
    RECOVERY = "recovery"


class AddressKind(StrEnum):
    """What a postal address is for."""

    HOME = "home"
    BUSINESS = "business"
    BILLING = "billing"
    SHIPPING = "shipping"
    TECHNICAL = "technical"


class Act(StrEnum):
    """What somebody did when an address or a device was recorded."""

    LOGIN = "login"
    REGISTRATION = "registration"
    PURCHASE = "purchase"
    UPLOAD = "upload"
    OTHER = "other"
    UNKNOWN = "unknown"


class LinkKind(StrEnum):
    """How another account belongs to the one reported."""

    BILLING = "billing"
    LINKED = "linked"
    BUSINESS = "business"
    CREATOR = "creator"
    GUARDIAN = "guardian"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Email:
    """An e-mail address; ``verified`` is None where nobody recorded whether it was."""

    address: str = field(repr=False)
    kind: EmailKind | None = None
    verified: bool | None = None
    verified_at: Moment | None = None


@dataclass(frozen=True, slots=True)
class Phone:
    """A telephone number; ``calling_code`` such as ``+49``, ``extension`` in digits."""

    number: str = field(repr=False)
    kind: PhoneKind | None = None
    verified: bool | None = None
    verified_at: Moment | None = None
    calling_code: str = ""
    extension: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; ``country`` is an ISO 3166 code, ``region`` in the USA the two letters of a state."""

    street: str = field(default="", repr=False)
    city: str = field(default="", repr=False)
    postcode: str = field(default="", repr=False)
    region: str = field(default="", repr=False)
    country: str = ""
    kind: AddressKind | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of a human being; ``born`` is a day (``2001-02-03``)."""

    first_name: str = field(default="", repr=False)
    last_name: str = field(default="", repr=False)
    phones: tuple[Phone, ...] = field(default=(), repr=False)
    emails: tuple[Email, ...] = field(default=(), repr=False)
    addresses: tuple[Address, ...] = field(default=(), repr=False)
    age: int | None = field(default=None, repr=False)
    born: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class IpEvent:
    """An IP address at one moment. Without port and zone many people share it, so both are asked for."""

    address: str = field(repr=False)
    act: Act = Act.UNKNOWN
    at: Moment | None = None
    port: int | None = None
    proxy: bool | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """A device by the number that somebody recorded: ``kind`` such as ``IMEI``."""

    kind: str
    value: str = field(repr=False)
    act: Act | None = None
    at: Moment | None = None


@dataclass(frozen=True, slots=True)
class Spot:
    """Where somebody probably is; ``region`` in the USA the two letters of a state."""

    country: str
    region: str = field(default="", repr=False)
    city: str = field(default="", repr=False)
    verified: bool | None = None
    at: Moment | None = None


@dataclass(frozen=True, slots=True)
class Closure:
    """A measure against an account: suspended until ``reopened_at``, or closed for good."""

    for_good: bool
    at: Moment | None = None
    told: bool | None = None
    told_at: Moment | None = None
    reopened_at: Moment | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the service; ``identifier`` is the service's own, ``earlier_reports`` are numbers of NCMEC."""

    identifier: str = field(default="", repr=False)
    service: str = ""
    screen_name: str = field(default="", repr=False)
    display_names: tuple[str, ...] = field(default=(), repr=False)
    profile_urls: tuple[str, ...] = field(default=(), repr=False)
    bio: str = field(default="", repr=False)
    ips: tuple[IpEvent, ...] = field(default=(), repr=False)
    devices: tuple[Device, ...] = field(default=(), repr=False)
    compromised: bool | None = None
    earlier_reports: tuple[int, ...] = ()
    group: str = field(default="", repr=False)
    closures: tuple[Closure, ...] = ()
    spot: Spot | None = field(default=None, repr=False)
    all_emails: bool | None = None
    """True if no further e-mail address is known."""
    note: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Linked:
    """Another account that belongs to somebody named in the report."""

    kind: LinkKind
    account: Account
    person: Person | None = None
    middle_name: str = field(default="", repr=False)
    platform: str = ""
    third_party: bool | None = None
    """True if the account is with another company."""


@dataclass(frozen=True, slots=True)
class Reported:
    """Somebody whose account the report is about; that is no judgement of guilt."""

    account: Account
    person: Person | None = None
    linked: tuple[Linked, ...] = ()
    vehicle: str = field(default="", repr=False)
    third_party: bool | None = None


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to whom it was sent."""

    account: Account
    person: Person | None = None


@dataclass(frozen=True, slots=True)
class Victim:
    """A child to whom something was done, as far as the service knows of it."""

    person: Person
    account: Account = Account()
    school: str = field(default="", repr=False)
    linked: tuple[Linked, ...] = ()
