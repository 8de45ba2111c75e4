"""What can be wrong with a log, a mapping or a policy?"""

from __future__ import annotations


class ReplayError(Exception):
    """Told to the operator in one sentence that names the file and the place and says what to do."""
