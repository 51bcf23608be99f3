"""Pictures as a person sees them: bytes to luma or RGB, turned upright, in every view a list may hold.

Everything here runs inside a decoding process with limits (see ``kindward.isolation``), because decoders of pictures
are the most attacked code there is.
"""
