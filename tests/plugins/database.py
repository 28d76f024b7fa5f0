"""
A PostgreSQL of the test run's own: started before Django is set up, stopped after the last test.

Its data folder is thrown away, so it runs without fsync. Workers of a parallel run inherit the
address and make their own databases on it.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from trading.infra import embedded

if not os.environ.get("DATABASE_URL"):
    _var = Path(tempfile.mkdtemp(prefix="openbell-tests-"))
    os.environ["VAR"] = str(_var)
    _var.chmod(0o711)  # the server's user must be able to walk in
    atexit.register(shutil.rmtree, _var, ignore_errors=True)  # last: the server stops before
    _server = embedded.start(var=_var, durable=False)
    os.environ["DATABASE_URL"] = _server.url(role=embedded.OWNER_ROLE)
    os.environ["TEST_DATABASE_APPLICATION_URL"] = _server.url(role=embedded.APPLICATION_ROLE)
