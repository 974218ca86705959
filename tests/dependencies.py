"""What we let in: licences, sources and versions side by side of every crate in Cargo.lock.

Reads `cargo metadata` and nothing from the network. docs/adr says why this is not cargo-deny.
"""

import json
import re
import subprocess
import sys
from collections import defaultdict

ALLOWED_LICENCES = {
    "0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0",
    "CC0-1.0", "CDLA-Permissive-2.0", "ISC", "MIT", "MPL-2.0", "Unicode-3.0", "Unlicense", "Zlib",
}  # fmt: skip

# More than one version of a crate in what ships, each with its reason. Taking one in is a decision.
ALLOWED_DUPLICATES = {
    "base64": "tokio-postgres and lettre are one version apart",
    "bit-set": "zxcvbn's fancy-regex is behind proptest's",
    "bit-vec": "with bit-set",
    "fallible-iterator": "rusqlite and postgres-protocol are one version apart",
    "getrandom": "ring is behind",
    "syn": "derive macros are moving to 3; only at build time",
    "wasi": "not on our platforms",
    "windows-sys": "not on our platforms",
}

REGISTRY = re.compile(r"^(registry|sparse)\+https://[^ ]*crates\.io[^ ]*$")


def allowed(expression: str) -> bool:
    """An SPDX expression without nesting deeper than one pair of brackets: OR of ANDs, or AND of ORs."""
    expression = expression.replace("/", " OR ").strip()
    tokens = re.findall(r"\(|\)|[^()\s]+", expression)
    words = []
    for token in tokens:
        if words and token not in ("(", ")", "OR", "AND") and words[-1] not in ("(", "OR", "AND"):
            words[-1] += " " + token
        else:
            words.append(token)

    def any_of(at: int) -> tuple[bool, int]:
        value, at = all_of(at)
        while at < len(words) and words[at] == "OR":
            right, at = all_of(at + 1)
            value = value or right
        return value, at

    def all_of(at: int) -> tuple[bool, int]:
        value, at = term(at)
        while at < len(words) and words[at] == "AND":
            right, at = term(at + 1)
            value = value and right
        return value, at

    def term(at: int) -> tuple[bool, int]:
        if words[at] == "(":
            value, at = any_of(at + 1)
            return value, at + 1
        return words[at] in ALLOWED_LICENCES, at + 1

    return any_of(0)[0]


def main() -> int:
    metadata = subprocess.run(
        ["cargo", "metadata", "--format-version", "1", "--locked", "--all-features"],
        check=True,
        stdout=subprocess.PIPE,
    )
    packages = json.loads(metadata.stdout)["packages"]
    problems = []
    versions = defaultdict(set)
    for package in packages:
        name, version = package["name"], package["version"]
        versions[name].add(version)
        licence = package["license"]
        if not licence or not allowed(licence):
            problems.append(f"{name} {version}: licence {licence!r} is not on the list in {__file__}")
        source = package["source"]
        if source is not None and not REGISTRY.match(source):
            problems.append(f"{name} {version}: comes from {source}, not from crates.io")
    for name, found in sorted(versions.items()):
        if len(found) > 1 and name not in ALLOWED_DUPLICATES:
            problems.append(f"{name}: {' and '.join(sorted(found))} side by side; use one or say why in {__file__}")
    for name in sorted(ALLOWED_DUPLICATES):
        if len(versions[name]) < 2:
            problems.append(f"{name}: no duplicate any more; take it off the list in {__file__}")
    print("\n".join(problems) or f"{len(packages)} crates, all allowed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
