"""Where the archive lies, as `PDX_ARCHIVE` says it: a folder, or a bucket. Pure; no Parquet here."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlencode

from shared.errors import Misconfigured

S3: Final = "s3"
EXAMPLE: Final = "s3://bucket/prefix?region=eu-west-3"
PARAMETERS: Final = ("region", "scheme", "endpoint_override", "tls_ca_file_path")
"""What pyarrow, and so pandas, reads in an address too."""
_BUCKET: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,62}")
_HOST: Final = re.compile(r"[A-Za-z0-9._-]+(:\d{1,5})?|\[[0-9A-Fa-f:]+\](:\d{1,5})?")


@dataclass(frozen=True, slots=True)
class FolderAddress:
    """A folder of this machine."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)

    def uri(self, name: str) -> str:
        """The file's absolute path, as pandas takes it."""
        return str(self.path.absolute() / name)


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketAddress:
    """A bucket that speaks S3, and what all names there begin with.

    `endpoint`: host:port of another service than AWS. Keys are never part of it.
    """

    bucket: str
    prefix: str = ""
    region: str | None = None
    scheme: str = "https"
    endpoint: str | None = None
    ca_file: str | None = None

    def __str__(self) -> str:
        return f"{S3}://{self.bucket}" + (f"/{self.prefix}" if self.prefix else "")

    def key(self, name: str) -> str:
        """bucket/prefix/name: how pyarrow names an object. An empty name: what all are below."""
        return "/".join(part for part in (self.bucket, self.prefix, name) if part)

    def uri(self, name: str) -> str:
        """The object's address with region and endpoint, as pandas takes it."""
        values = (self.region, self.scheme if self.endpoint else None, self.endpoint, self.ca_file)
        query = {key: value for key, value in zip(PARAMETERS, values, strict=True) if value}
        address = f"{S3}://{quote(self.key(name))}"
        return f"{address}?{urlencode(query)}" if query else address


Address = FolderAddress | BucketAddress


def parse_address(text: str) -> Address:
    """What `PDX_ARCHIVE` names. Raises Misconfigured, which repeats no key that stands in it."""
    if "://" not in text:
        return FolderAddress(Path(text))
    kind, _, rest = text.partition("://")
    place, _, query = rest.partition("?")
    bucket, _, path = place.rpartition("@")[2].partition("/")
    # what follows a colon may be a key that somebody put there
    host, colon, _ = bucket.partition(":")
    shown = f"PDX_ARCHIVE={kind}://{host}:…" if colon else f"PDX_ARCHIVE={kind}://{host}/{path}"
    if kind != S3:
        raise Misconfigured(f"{shown}: the archive is a folder of this machine, or as {EXAMPLE}.")
    if "@" in place:
        raise Misconfigured(
            f"{shown}: keys have no place in an address. Take out what stands before the @; they come from "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or from the profile that AWS_PROFILE names."
        )
    if not _BUCKET.fullmatch(bucket):
        raise Misconfigured(
            f"{shown}: this is no name of a bucket. Write {EXAMPLE}; another host than AWS is "
            "endpoint_override=host:port."
        )
    if "#" in rest:
        raise Misconfigured(f"{shown}: write a # in an address as %23.")
    prefix = unquote(path).strip("/")
    if prefix and any(part in ("", ".", "..") for part in prefix.split("/")):
        raise Misconfigured(f"{shown}: the prefix has an empty part, or one of dots alone. Write {EXAMPLE}.")
    given = _parameters(shown, query)
    scheme, endpoint = _endpoint(shown, given)
    return BucketAddress(
        bucket=bucket,
        prefix=prefix,
        region=given.get("region"),
        scheme=scheme,
        endpoint=endpoint,
        ca_file=given.get("tls_ca_file_path"),
    )


def _parameters(shown: str, query: str) -> dict[str, str]:
    pairs = parse_qsl(query, keep_blank_values=True)
    unknown = sorted({name for name, _ in pairs} - set(PARAMETERS))
    if unknown:
        raise Misconfigured(
            f"{shown}: there is no parameter {', '.join(unknown)}, only {', '.join(PARAMETERS)}. Keys come "
            "from the environment."
        )
    times = Counter(name for name, _ in pairs)
    bad = sorted({name for name, value in pairs if not value or times[name] > 1})
    if bad:
        raise Misconfigured(f"{shown}: {', '.join(bad)}: give each parameter once, with a value.")
    return dict(pairs)


def _endpoint(shown: str, given: dict[str, str]) -> tuple[str, str | None]:
    """Scheme and host:port; `endpoint_override` may say both."""
    said, _, host = given.get("endpoint_override", "").rpartition("://")
    scheme = given.get("scheme") or said or "https"
    if scheme not in ("http", "https") or said not in ("", scheme):
        raise Misconfigured(f"{shown}: scheme is http or https, and the one of endpoint_override.")
    if host and not _HOST.fullmatch(host):
        raise Misconfigured(
            f"{shown}: endpoint_override is host:port, as localhost:9000, without a path or keys."
        )
    return scheme, host or None
