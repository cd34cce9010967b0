# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""``python -m imagecapture_ros.mediacapture.conformance FILE...``: run test vectors and say what failed."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from imagecapture_ros.mediacapture.conformance.operations import perform
from imagecapture_ros.mediacapture.conformance.vectors import VectorError, Verdict, judge, load_vectors


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the vectors of all files; return 0 if all passed, 1 if one failed, 2 if a file cannot be read."""
    parser = argparse.ArgumentParser(
        prog='python -m imagecapture_ros.mediacapture.conformance',
        description='Run test vectors of Media Capture constraints and Image Capture. Prints the vectors that failed, '
                    'with what was expected and what came, and those that met an allowed outcome other than the '
                    'expected one.')
    parser.add_argument('files', nargs='+', metavar='FILE', help='a JSON list of vectors')
    parser.add_argument('-v', '--verbose', action='store_true', help='also print the vectors that met the expected one')
    options = parser.parse_args(arguments)
    verdicts = []
    for path in options.files:
        try:
            vectors = load_vectors(path)
        except VectorError as error:
            print(f'error: {error}', file=sys.stderr)
            return 2
        verdicts += [judge(vector, perform(vector)) for vector in vectors]
    for verdict in verdicts:
        if not verdict.passed or not verdict.expected or options.verbose:
            print(_line(verdict))
    passed = sum(verdict.passed for verdict in verdicts)
    expected = sum(verdict.expected for verdict in verdicts)
    print(f'{expected} met the expected outcome, {passed - expected} another allowed one')
    print(f'{passed} passed, {len(verdicts) - passed} failed')
    return 0 if passed == len(verdicts) else 1


def _line(verdict: Verdict) -> str:
    if verdict.expected:
        return f'expected: {verdict.name}'
    if verdict.passed:
        return f'allowed: {verdict.name}: {json.dumps(verdict.met)} instead of {json.dumps(verdict.outcomes[0])}'
    wanted = '\n       or '.join(json.dumps(outcome) for outcome in verdict.outcomes)
    return f'FAILED: {verdict.name}\n expected {wanted}\n      got {json.dumps(verdict.actual)}\n      {verdict.why}'


if __name__ == '__main__':
    sys.exit(main())
