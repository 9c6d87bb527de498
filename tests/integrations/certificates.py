"""Certificates as a private authority hands them out, made anew for a test with Debian's openssl."""

import subprocess
from pathlib import Path


class Authority:
    """Writes into its folder what `docker` and others look for there: `ca.pem`, `cert.pem`, `key.pem`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.file = folder / "ca.pem"
        self._key = folder / "ca-key.pem"
        _openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", self._key)
        own = ("req", "-x509", "-new", "-key", self._key, "-days", "3650", "-subj", "/CN=authority")
        _openssl(*own, "-out", self.file)

    def issue(self, name: str, folder: Path) -> Path:
        """A folder with a certificate for loopback, its key and the authority, good for servers and for clients."""
        folder.mkdir(parents=True, exist_ok=True)
        request, more = folder / "request.pem", folder / "more.cnf"
        more.write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n")
        _openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", folder / "key.pem")
        _openssl("req", "-new", "-key", folder / "key.pem", "-out", request, "-subj", f"/CN={name}")
        signed = ("-CA", self.file, "-CAkey", self._key, "-CAcreateserial", "-days", "3650", "-extfile", more)
        _openssl("x509", "-req", "-in", request, "-out", folder / "cert.pem", *signed)
        (folder / "ca.pem").write_bytes(self.file.read_bytes())
        return folder


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
