"""List formats of police forces: files that describe items with several fingerprints, read in bounded memory.

They differ from plain lists in that a record is an item: its fingerprints share one id, and some of them are kept
although nothing matches them today. Free text that could name a victim or an investigator is left out.
"""
