"""Tables of the elements about people and accounts.

Source of names, order, enumerations and lengths: NCMEC, CyberTipline Reporting API, documentation of 2025-06-11.
"""

from __future__ import annotations

from kindward.reports.ncmec.forms import (
    ANY,
    BOOLEAN,
    COUNTRY,
    DATE,
    DATE_TIME,
    EMAIL,
    IP,
    LONG,
    US_STATE,
    Attribute,
    Element,
    many,
    maybe,
    named,
    number,
    one,
    one_of,
    parts,
    shaped,
    up_to,
    words,
)

ADDRESS_KINDS = ("Home", "Business", "Billing", "Shipping", "Technical")
PHONE_KINDS = ("Mobile", "Home", "Business", "Work", "Fax", "Internet", "Recovery")
EMAIL_KINDS = ("Home", "Work", "Business", "Recovery")
EVENTS = ("Login", "Registration", "Purchase", "Upload", "Other", "Unknown")
ACCOUNT_KINDS = ("Billing", "Linked", "Business", "Creator", "Parent/Guardian", "Other")

_VERIFIED = {"verified": Attribute(BOOLEAN), "verificationDate": Attribute(DATE_TIME)}
ADDRESS = parts(
    "address",
    maybe(words("address", up_to(255))),
    maybe(words("city", up_to(100))),
    maybe(words("zipCode", up_to(20))),
    maybe(words("state", US_STATE)),
    maybe(words("nonUsaState", up_to(100))),
    maybe(words("country", COUNTRY)),
    type=Attribute(one_of(*ADDRESS_KINDS)),
)
PHONE = words(
    "phone",
    up_to(50),
    type=Attribute(one_of(*PHONE_KINDS)),
    **_VERIFIED,
    countryCallingCode=Attribute(shaped("a calling code such as +49", r"\+[0-9]{1,3}")),
    extension=Attribute(shaped("at most ten digits", r"[0-9]{1,10}")),
)
EMAIL_ADDRESS = words("email", EMAIL, type=Attribute(one_of(*EMAIL_KINDS)), **_VERIFIED)
_CONTACT = (
    maybe(words("firstName", up_to(100))),
    maybe(words("lastName", up_to(100))),
    many(PHONE),
    many(EMAIL_ADDRESS),
    many(ADDRESS),
)
CONTACT = parts("contactPerson", *_CONTACT)
PERSON = parts("person", *_CONTACT, maybe(words("age", number(0, 150))), maybe(words("dateOfBirth", DATE)))
IP_EVENT = parts(
    "ipCaptureEvent",
    one(words("ipAddress", IP)),
    maybe(words("eventName", one_of(*EVENTS))),
    maybe(words("dateTime", DATE_TIME)),
    maybe(words("possibleProxy", BOOLEAN)),
    maybe(words("port", number(1, 65_535))),
)
DEVICE = parts(
    "deviceId",
    one(words("idType", up_to(255))),
    one(words("idValue", up_to(2083))),
    maybe(words("eventName", one_of(*EVENTS))),
    maybe(words("dateTime", DATE_TIME)),
)
LOCATION = parts(
    "estimatedLocation",
    maybe(words("city", up_to(255))),
    maybe(words("region", up_to(255))),
    one(words("countryCode", COUNTRY)),
    verified=Attribute(BOOLEAN),
    timestamp=Attribute(DATE_TIME),
)
_DISABLED = {
    "disabledDate": Attribute(DATE_TIME),
    "userNotified": Attribute(BOOLEAN),
    "userNotifiedDate": Attribute(DATE_TIME),
}
SUSPENDED = words("accountTemporarilyDisabled", BOOLEAN, **_DISABLED, reenabledDate=Attribute(DATE_TIME))
CLOSED = words("accountPermanentlyDisabled", BOOLEAN, **_DISABLED)
_IDENTIFIER = maybe(words("espIdentifier", up_to(255)))
_SERVICE = maybe(words("espService", up_to(100)))
_COMPROMISED = maybe(words("compromisedAccount", BOOLEAN))
_SCREEN_NAME = maybe(words("screenName", up_to(256)))
_DISPLAY_NAME = many(words("displayName", up_to(255)))
_PROFILE_URL = many(words("profileUrl", up_to(2083)))
_BIO = maybe(words("profileBio", ANY))
_GROUP = maybe(words("groupIdentifier", up_to(255)))
_PROFILE = (_IDENTIFIER, _SERVICE, _COMPROMISED, _SCREEN_NAME, _DISPLAY_NAME, _PROFILE_URL, _BIO)
_SEEN = (many(IP_EVENT), many(DEVICE))
_EARLIER = many(words("priorCTReports", LONG))
_CLOSURES = (maybe(SUSPENDED), maybe(CLOSED))
_ALL_EMAILS = maybe(words("allEmailsReported", BOOLEAN))
_NOTE = words("additionalInfo", ANY)
LINKED = Element(
    "associatedAccount",
    attributes={"type": Attribute(one_of(*ACCOUNT_KINDS), required=True)},
    children=(
        maybe(words("platform", up_to(256), thirdPartyUser=Attribute(BOOLEAN))),
        maybe(words("firstName", up_to(100))),
        maybe(words("middleName", up_to(100))),
        maybe(words("lastName", up_to(100))),
        maybe(words("approximateAge", number(0, 150))),
        maybe(words("dateOfBirth", DATE)),
        many(PHONE),
        many(EMAIL_ADDRESS),
        _ALL_EMAILS,
        many(ADDRESS),
        _SERVICE,
        _IDENTIFIER,
        _PROFILE_URL,
        _SCREEN_NAME,
        _DISPLAY_NAME,
        _BIO,
        _GROUP,
        _COMPROMISED,
        *_CLOSURES,
        *_SEEN,
        many(words("priorCTReport", LONG)),
        maybe(_NOTE),
    ),
    exclusive=(frozenset({"approximateAge", "dateOfBirth"}),),
)
REPORTED = parts(
    "personOrUserReported",
    maybe(named("personOrUserReportedPerson", PERSON)),
    maybe(words("vehicleDescription", up_to(300))),
    *_PROFILE,
    *_SEEN,
    maybe(words("thirdPartyUserReported", BOOLEAN)),
    _EARLIER,
    _GROUP,
    *_CLOSURES,
    maybe(LOCATION),
    _ALL_EMAILS,
    many(LINKED),
    maybe(_NOTE),
)
RECIPIENT = parts(
    "intendedRecipient",
    maybe(named("intendedRecipientPerson", PERSON)),
    *_PROFILE,
    *_SEEN,
    _EARLIER,
    _GROUP,
    *_CLOSURES,
    maybe(LOCATION),
    _ALL_EMAILS,
    many(_NOTE),
)
VICTIM = parts(
    "victim",
    one(named("victimPerson", PERSON)),
    *_PROFILE,
    *_SEEN,
    maybe(words("schoolName", up_to(255))),
    _EARLIER,
    *_CLOSURES,
    maybe(LOCATION),
    _ALL_EMAILS,
    many(LINKED),
    maybe(_NOTE),
)
