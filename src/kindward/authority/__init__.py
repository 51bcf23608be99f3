"""The authority's side of signed lists: keys, proposals, confirmations, signatures, publication."""
