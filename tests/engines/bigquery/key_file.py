"""A service account's key for the stand-in, read by Google's libraries as any other.

The key is made anew each time. It belongs to another universe than Google's, so that no library looks up what
Google knows of its account.
"""

from __future__ import annotations

import json
from pathlib import Path

#: Has to be told to the client too, in the variable GOOGLE_CLOUD_UNIVERSE_DOMAIN.
UNIVERSE = "universe.invalid"


def write_key_file(path: Path, endpoint: str, project: str) -> Path:
    """Write the key as JSON, with the stand-in at `endpoint` as its authority."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    written = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    account = {
        "type": "service_account",
        "project_id": project,
        "private_key_id": "1",
        "private_key": written.decode(),
        "client_email": f"milestone-agent@{project}.iam.gserviceaccount.com",
        "client_id": "1",
        "token_uri": f"{endpoint}/token",
        "universe_domain": UNIVERSE,
    }
    path.write_text(json.dumps(account), encoding="utf-8")
    return path
