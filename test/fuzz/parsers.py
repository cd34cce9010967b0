# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One parser of test/fixtures/parsers.py, or all of them, under atheris: ``parsers.py faults -runs=100000``.

All further arguments are libFuzzer's. Without ``-runs`` or ``-max_total_time`` it goes on until something is found.
"""

from __future__ import annotations

import resource
import sys
import tempfile
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
with atheris.instrument_imports(include=['imagecapture_ros', 'yaml']):
    from fixtures.parsers import PARSERS

ALL = 'all'
MEMORY = 2 << 30
"""Bytes of addresses that the parsers may take beside what is loaded before them."""


def main() -> None:
    """Run the parser that the command line names."""
    if len(sys.argv) < 2 or sys.argv[1] not in (ALL, *PARSERS):
        sys.exit(f'usage: parsers.py {ALL}|PARSER [-runs=N ...]; parsers are {", ".join(PARSERS)}')
    parsers = list(PARSERS.values()) if sys.argv[1] == ALL else [PARSERS[sys.argv[1]]]

    def parse(data: bytes) -> None:
        # The first byte chooses the parser. Half of the texts are UTF-8, so that there are characters, the rest are of
        # all bytes.
        if data:
            text = data[1:]
            parsers[data[0] % len(parsers)](
                text.decode('utf-8', 'surrogateescape') if len(text) % 2 else text.decode('latin-1'))

    limit = int(Path('/proc/self/statm').read_text().split()[0]) * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    with tempfile.TemporaryDirectory() as corpus:
        for number, parser in enumerate(parsers):
            for index, seed in enumerate(parser.seeds):
                (Path(corpus) / f'{number}.{index}').write_bytes(
                    bytes([number]) + seed.encode('utf-8', 'surrogatepass'))
        atheris.Setup([sys.argv[0], *sys.argv[2:], corpus], parse)
        atheris.Fuzz()


if __name__ == '__main__':
    main()
