"""Signing in to Aeries: a certificate of 32 characters in a header of each call, case and all [D:AER-BUILD].

There is no token and no acting teacher. The certificate is the connection's secret; there is no key.
"""

from collections.abc import Mapping

from adapters.errors import Misconfigured

HEADER = "AERIES-CERT"


class Certificate:
    """The same header for every call."""

    def __init__(self, certificate: str) -> None:
        self._headers = {HEADER: certificate}

    def headers(self, method: str, url: str) -> Mapping[str, str]:
        """The certificate's header."""
        return self._headers

    def renewed(self) -> bool:
        """A refused certificate is refused again."""
        return False


def signer(method: str, certificate: str) -> Certificate:
    """The signer of a connection's `auth`. Misconfigured for any other than certificate, or one no header can hold."""
    fits = certificate.isascii() and certificate.isprintable() and " " not in certificate
    if method != "certificate" or not fits:
        raise Misconfigured("SIS_SIGN_IN_FAILED", {"status": "auth"})
    return Certificate(certificate)
