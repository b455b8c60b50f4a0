"""A passkey as a browser hands it over when it is made: enough of one to be listed, renamed and removed."""

from __future__ import annotations

import hashlib

from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

FLAGS = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV | AuthenticatorData.FLAG.AT
KEY = ES256({1: 2, 3: -7, -1: 1, -2: b"x" * 32, -3: b"y" * 32})


def credential(name: bytes = b"a passkey of the tests") -> dict:
    """What the product keeps of a passkey with this id."""
    data = AttestedCredentialData.create(Aaguid(b"\0" * 16), name, KEY)
    made = AuthenticatorData.create(hashlib.sha256(b"testserver").digest(), FLAGS, 0, data)
    return {
        "id": websafe_encode(name),
        "rawId": websafe_encode(name),
        "type": "public-key",
        "response": {
            "clientDataJSON": websafe_encode(
                b'{"type": "webauthn.create", "challenge": "", "origin": "https://testserver"}'
            ),
            "attestationObject": websafe_encode(AttestationObject.create("none", made, {})),
        },
        "clientExtensionResults": {"credProps": {"rk": True}},
    }
