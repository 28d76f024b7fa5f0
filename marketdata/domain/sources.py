"""
The names of where bars come from.

A provider's own history and a recording bear their names; what we made of a stream is not the same
as its source's own history, and says so: ``stream:<source>``.
"""

SIMULATED = "simulated"
RECORDING = "recording"
LEAN = "lean"
FILES = (RECORDING, LEAN)
STREAM = "stream:"
# What never was on any market, or was in another year: no bar of these is served with a live one.
MADE_UP_SOURCES = (SIMULATED, f"{STREAM}{SIMULATED}", f"{STREAM}replay")
