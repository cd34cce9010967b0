# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One parser of test/fixtures/parsers.py under atheris, guided by coverage: ``parsers.py faults -runs=100000``.

All further arguments are libFuzzer's. Without ``-runs`` or ``-max_total_time`` it goes on until something is found.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
with atheris.instrument_imports(include=['imagecapture_ros', 'yaml']):
    from fixtures.parsers import PARSERS


def main() -> None:
    """Run the parser that the command line names."""
    if len(sys.argv) < 2 or sys.argv[1] not in PARSERS:
        sys.exit(f'usage: parsers.py PARSER [-runs=N ...]; parsers are {", ".join(PARSERS)}')
    parser = PARSERS[sys.argv[1]]

    def parse(data: bytes) -> None:
        # Half of them as UTF-8, so that there are characters, and the rest with all bytes.
        parser(data.decode('utf-8', 'surrogateescape') if len(data) % 2 else data.decode('latin-1'))

    with tempfile.TemporaryDirectory() as corpus:
        for index, seed in enumerate(parser.seeds):
            (Path(corpus) / str(index)).write_bytes(seed.encode('utf-8', 'surrogatepass'))
        atheris.Setup([sys.argv[0], *sys.argv[2:], corpus], parse)
        atheris.Fuzz()


if __name__ == '__main__':
    main()
