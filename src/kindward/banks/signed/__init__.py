"""Signed lists on the subscriber's side: their files, their history, and what may be believed of them."""
