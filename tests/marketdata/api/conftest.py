"""What the tests of the REST API and of its indicators share."""

import importlib
import warnings

# alpaca-py's streams still import what its own dependency has deprecated; met once, here.
with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
    importlib.import_module("alpaca.trading.stream")
