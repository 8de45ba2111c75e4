"""How does the operator learn what is wrong?"""

import argparse

from yingnuo.conf import options
from yingnuo.host import doctor


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`doctor` has no options."""


def run(arguments: argparse.Namespace) -> int:
    """Print each finding; status 1 when something must be mended."""
    findings = doctor.examine(options.current())
    for finding in findings:
        print(f"{'MEND' if finding.mend else 'well'}  {finding.subject}: {finding.seen}")
        if finding.mend:
            print(f"      → {finding.mend}")
    return 1 if any(finding.mend for finding in findings) else 0
