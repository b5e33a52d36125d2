"""The evidence pack of one invoice (spec H.4): a ZIP whose manifest names every file's SHA-256 and is signed (Ed25519).

It carries its own verifier, so that an auditor needs neither this program nor our word.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.audit.chain import plain

VERIFIER = Path(__file__).parent / "verify_pack.py"
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
README = """This is the evidence for one supplier invoice.

Check it with Python 3.11 or newer; nothing else is needed:

    python verify_pack.py PACK.zip --public-key HEX

HEX is the installation's public key as the auditor wrote it down (apdesk audit key); without it only the pack's own key is
used, which shows that nothing was changed since the pack was made, but not by whom it was made.
"""


def build_pack(
    files: Mapping[str, bytes],
    about: Mapping[str, Any],
    made_at: datetime,
    sign: Callable[[bytes], tuple[str, str]],
) -> bytes:
    """The ZIP's bytes. `sign` gives (public key, signature) in hex for the manifest's bytes.

    The same content and instant give the same bytes but for the signature's key: no clock, no order of a directory.
    """
    content = {**files, "verify_pack.py": VERIFIER.read_bytes(), "README.txt": README.encode()}
    manifest = {
        "format": "apdesk-evidence-1",
        "made_at": made_at.isoformat(),
        "about": plain(about),
        "files": {
            name: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
            for name, data in sorted(content.items())
        },
    }
    body = as_json(manifest)
    public_key, signature = sign(body)
    seal = as_json({"algorithm": "Ed25519", "public_key": public_key, "signature": signature})
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in ((MANIFEST, body), (SIGNATURE, seal), *sorted(content.items())):
            entry = zipfile.ZipInfo(name, made_at.timetuple()[:6])
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            packed.writestr(entry, data)
    return out.getvalue()


def as_json(value: Any) -> bytes:
    """Readable JSON with one spelling for each value."""
    return json.dumps(plain(value), indent=1, sort_keys=True, ensure_ascii=False).encode()
