"""What can go wrong on the machine itself, so that only its operator can mend it?"""


class Trouble(Exception):
    """Told to the operator in one sentence that says what to do; never shown to a visitor."""
