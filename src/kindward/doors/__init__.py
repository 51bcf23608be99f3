"""The doors through which kindward is used by other programs; each speaks the other program's own protocol."""
