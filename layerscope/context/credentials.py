"""Values that a record must not hold: what looks like a credential is kept as a digest alone."""

from __future__ import annotations

import re
from collections.abc import Mapping

# Parts of a name, so that MONKEY is no KEY and AUTHOR no AUTH.
_NAME = re.compile(
    r"(?:^|[_\-.])(?:(?:API|ACCESS|PRIVATE|SECRET|SSH|DEPLOY|SIGNING|ENCRYPTION|LICENSE|MASTER|AUTH)?[_\-.]?KEYS?|TOKENS?|"
    r"SECRETS?|PASS|PASSWD|PASSWORDS?|PASSPHRASE|PWD|PAT|CREDENTIALS?|CREDS?|AUTH|AUTHORIZATION|COOKIES?|DSN|JWT|"
    r"NETRC|NPMRC|KUBECONFIG)(?=$|[_\-.\d])|TOKEN$|SECRET$|PASSWORD$|APIKEY$|ACCESSKEY$|PRIVATEKEY$",
    re.IGNORECASE,
)
_VALUE = re.compile(
    r"://[^/\s:@]*:[^/\s@]+@"  # a password in a URL
    r"|-----BEGIN [A-Z ]*PRIVATE KEY"
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}\."  # a JSON web token
    r"|\b(?:gh[pousr]_|github_pat_|glpat-|npm_|pypi-|xox[abprs]-|sk-|sk_live_|dckr_pat_|hf_|hvs\.)[\w-]{16,}"
    r"|\bA[KS]IA[0-9A-Z]{16}\b|\bAIza[\w-]{35}"
    r"|\b(?:Bearer|Basic) [\w+/=.-]{8,}",
)
_ROUNDS = 60_000
_HIDDEN = re.compile(r"hidden:[0-9a-f]{32}")


def looks_like_credential(name: str, value: str) -> bool:
    """Whether a variable is called like a credential, or its value has the form of one."""
    return bool(value) and (_NAME.search(name) is not None or _VALUE.search(value) is not None)


def recordable(name: str, value: str) -> str:
    """The value, or `hidden:<digest>` of what looks like a credential: equal for equal values, and slow to guess."""
    if _HIDDEN.fullmatch(value) or not looks_like_credential(name, value):
        return value
    import hashlib

    salt = f"layerscope build argument {name}".encode("utf-8", "surrogateescape")
    digest = hashlib.pbkdf2_hmac("sha256", value.encode("utf-8", "surrogateescape"), salt, _ROUNDS)
    return f"hidden:{digest.hex()[:32]}"


def as_recorded(given: Mapping[str, str], recorded: Mapping[str, str]) -> dict[str, str]:
    """Values to hold against recorded ones: one that was recorded as a digest is given as that digest, too."""
    return {
        name: recordable(name, value) if _HIDDEN.fullmatch(recorded.get(name, "")) else value
        for name, value in given.items()
    }
