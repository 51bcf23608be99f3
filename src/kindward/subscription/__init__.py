"""The subscriber's side: follow a source or a signed list, and bring what it says into a bank."""
