"""The review console: where people decide, on pages that work without JavaScript."""
