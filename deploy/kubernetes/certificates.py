"""A certificate authority for a trial: certificates of servers and clients, as files in a folder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAYS = 30
USES = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])


@dataclass(frozen=True)
class Issued:
    """The files of one certificate and its key."""

    certificate: Path
    key: Path

    @property
    def both(self) -> Path:
        """One file with key and certificate, as Kafka wants it."""
        file = self.certificate.with_suffix(".both")
        file.write_bytes(self.key.read_bytes() + self.certificate.read_bytes())
        return file


class Authority:
    """Signs certificates that last a month. Its own is `certificate`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._key = _key()
        self._name = _name("Carebus trial authority")
        made = _begun(self._name, self._name, self._key)
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        usage = x509.KeyUsage(
            digital_signature=True,
            key_cert_sign=True,
            crl_sign=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )
        self.issued = self._write("ca", made.add_extension(usage, critical=True), self._key)

    @property
    def certificate(self) -> Path:
        """What those trust who trust this authority."""
        return self.issued.certificate

    def issue(self, name: str, *hosts: str, organization: str = "") -> Issued:
        """A certificate called `name`, for these host names and addresses; an `organization` is a Kubernetes group."""
        key = _key()
        made = _begun(_name(name, organization), self._name, key).add_extension(USES, critical=False)
        if hosts:
            made = made.add_extension(x509.SubjectAlternativeName([_host(host) for host in hosts]), critical=False)
        return self._write(name.replace(":", "-"), made, key)

    def _write(self, name: str, made: x509.CertificateBuilder, key: rsa.RSAPrivateKey) -> Issued:
        issued = Issued(self._folder / f"{name}.crt", self._folder / f"{name}.key")
        signed = made.sign(self._key, hashes.SHA256())
        issued.certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        issued.key.touch(mode=0o600)
        issued.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return issued


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _name(common: str, organization: str = "") -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, common)]
    if organization:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    return x509.Name(parts)


def _begun(subject: x509.Name, issuer: x509.Name, key: rsa.RSAPrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=DAYS))
    )


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
