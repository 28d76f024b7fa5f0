"""
Check that the books agree with themselves.

Each module holds a table of invariants; ``check`` evaluates all of them on one snapshot.
"""

from oms.operations.check_books.check import check_books

__all__ = ["check_books"]
