"""A line of a list that could not become an entry: counted, kept and shown, never silently dropped."""

from __future__ import annotations

from dataclasses import dataclass, field

from kindward.locale import N_

SENTENCES = {
    "fingerprint_unreadable": N_(
        "This is not a fingerprint: expected hexadecimal digits, 64 (PDQ), 40 (SHA-1) or 32 (MD5)."
    ),
    "fingerprint_wrong_length": N_("A {signal} fingerprint has {expected} hexadecimal digits, not {found}."),
    "fingerprint_empty": N_("This fingerprint stands for no picture or file; it would match every empty one."),
    "fingerprint_missing": N_("This line has no fingerprint."),
    "signal_unsupported": N_("Fingerprints of the kind {signal} cannot be matched by this version."),
    "canary_reserved": N_("This value is reserved for proving that a bank works."),
    "opinion_negative": N_("The source says that this item does not belong in the list ({category})."),
    "line_unreadable": N_("This line is not readable text."),
    "quote_open": N_("A quotation mark is not closed; these {lines} lines could not be told apart."),
    "columns_too_few": N_("This line has {found} columns, the header has {expected}."),
    "columns_too_many": N_("This line has {found} columns, the header has {expected}."),
    "record_unreadable": N_("This record has not the form that its format prescribes."),
    "record_without_id": N_("This record does not say which item it is about."),
    "id_too_long": N_("The id of this record is longer than {most} characters."),
    "fingerprint_nameless": N_("This fingerprint does not say of which kind it is."),
    "photodna_unreadable": N_("This is no whole PhotoDNA value: 144 bytes as Base64, hexadecimal digits or numbers."),
    "category_unreadable": N_("This record has no category, so it is not known material."),
    "category_not_pertinent": N_("The source says that this item is not illegal ({category})."),
    "category_uncategorised": N_("Nobody has looked at this item yet ({category}), so it is not known material."),
    "record_superseded": N_("A newer record about the same item was read before this one."),
    "member_not_chosen": N_("This subscription does not take entries of the member {member}."),
    "baseline_unreadable": N_("Whether this item is baseline material cannot be read: expected true or false."),
}
"""Every reason, by its code."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """Say which line was left out and why; never what it said, because lists are confidential.

    ``line`` counts from 1; 0 if the entry did not come from a file. ``facts`` fill the sentence.
    """

    line: int
    reason_code: str
    facts: dict[str, object] = field(default_factory=dict)

    @property
    def template(self) -> str:
        """Give the English sentence with its facts open, for translation."""
        return SENTENCES[self.reason_code]

    def __str__(self) -> str:
        return self.sentence

    @property
    def sentence(self) -> str:
        """Give the English sentence."""
        return self.template.format(**self.facts)
