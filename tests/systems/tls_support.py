"""A PostgreSQL server that speaks TLS, and certificates that last as long as the tests."""

from __future__ import annotations

import datetime
import os
import re
import socket
from ipaddress import ip_address
from typing import TYPE_CHECKING

import psycopg
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from iahome_fix.systems.embedded.postgres import SUPERUSER, EmbeddedPostgres
from tests.repairs.repair_support import until

if TYPE_CHECKING:
    from pathlib import Path

_AUTHORIZED = re.compile(r"connection authorized: .*application_name=iahome-fix\b.*")
_DAY = datetime.timedelta(days=1)


class Authority:
    """A root certificate, and the certificates that it signs."""

    def __init__(self, file: Path, name: str = "test root") -> None:
        """`file`: where the root certificate is written, for clients to name; `name`: what it is called."""
        self.file = file
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        made = (
            self._begun(self._name, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        file.write_bytes(made.public_bytes(serialization.Encoding.PEM))

    def issue(self, name: str, *, days: int = 1) -> tuple[bytes, bytes]:
        """Key and certificate, as PEM, for a host name or an address; with less than no days it is over."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test server")])
        named = x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
        made = (
            self._begun(subject, key.public_key(), days)
            .add_extension(x509.SubjectAlternativeName([named]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return private, made.public_bytes(serialization.Encoding.PEM)

    def _begun(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, days: int = 1
    ) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 9 * _DAY)
            .not_valid_after(now + days * _DAY)
        )


class TlsServer:
    """A server on a port of 127.0.0.1, whose superuser comes over the socket; a context manager."""

    def __init__(self, folder: Path, programs: Path, major: int) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = int(probe.getsockname()[1])
        self.authority = Authority(folder / "root.crt")
        settings = {"listen_addresses": "127.0.0.1", "port": str(self.port), "log_connections": "on"}
        self._postgres = EmbeddedPostgres(folder / "tls", programs=programs, major=major, settings=settings)
        self._read = 0

    def __enter__(self) -> TlsServer:
        self._postgres.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._postgres.stop()

    @property
    def superuser(self) -> str:
        return self._postgres.dsn(user=SUPERUSER)

    def offer(self, *, name: str = "127.0.0.1", days: int = 1, tls: str = "on", rule: str = "host") -> None:
        """What the next client meets: a certificate for `name`, TLS `on` or `off`, and pg_hba's rule."""
        key, certificate = self.authority.issue(name, days=days)
        self._write("server.key", key)
        self._write("server.crt", certificate)
        self._write("pg_hba.conf", f"local all all trust\n{rule} all all 127.0.0.1/32 trust\n".encode())
        with psycopg.connect(self.superuser, autocommit=True) as connection:
            connection.execute(f"alter system set ssl = {tls}".encode())
            before = connection.execute("select clock_timestamp(), pg_reload_conf()").fetchone()
        until(lambda: before is not None and self._loaded_after(before[0]))
        self.sessions()

    def sessions(self) -> list[bool]:
        """Of each session that the tool was given since the last call, whether it was over TLS."""
        log = self._postgres.log_file.read_text(encoding="utf-8", errors="replace")
        begin, self._read = self._read, len(log)
        return ["SSL enabled" in line for line in _AUTHORIZED.findall(log[begin:])]

    def _loaded_after(self, before: object) -> bool:
        """A new process has what the server read last."""
        with psycopg.connect(self.superuser) as connection:
            found = connection.execute("select pg_conf_load_time() > %s", (before,)).fetchone()
        return found == (True,)

    def _write(self, name: str, content: bytes) -> None:
        """A file of the server's, which takes no key that anybody else owns or may read."""
        file = self._postgres.data / name
        file.touch(mode=0o600)
        file.write_bytes(content)
        owner = self._postgres.data.stat()
        os.chown(file, owner.st_uid, owner.st_gid)
