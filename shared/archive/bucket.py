"""The archive in a bucket that speaks S3. Blocking: up to ten seconds an attempt when nobody answers."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Final

from pyarrow import fs

from shared.archive.address import BucketAddress
from shared.archive.folder import SUFFIX

CONNECT_SECONDS: Final = 2.0
SILENT_SECONDS: Final = 3.0
"""A connection on which nothing comes for so long is given up."""
CONTENT_TYPE: Final = "application/vnd.apache.parquet"
NO_BUCKET: Final = "NO_SUCH_BUCKET"
_REMEDIES: Final = (
    (
        ("NETWORK_CONNECTION", "curlCode"),
        "Is it up, and is endpoint_override in PDX_ARCHIVE, or the region, its address?",
    ),
    ((NO_BUCKET,), "Make the bucket, or name another one in PDX_ARCHIVE."),
    (
        ("ACCESS_DENIED", "INVALID_ACCESS_KEY", "SIGNATURE_DOES_NOT_MATCH", "status 403", "credentials"),
        "Keys come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or AWS_PROFILE, and need "
        "s3:ListBucket of the bucket, s3:GetObject, s3:PutObject and s3:DeleteObject below the prefix.",
    ),
    (("status 301", "status 400"), "Say the bucket's region: region=… in PDX_ARCHIVE."),
)


class Bucket:
    """Objects below the address. An object is there whole or not at all. All raise OSError."""

    def __init__(self, address: BucketAddress, attempts: int) -> None:
        """Nothing is asked yet. Keys come from the environment as AWS has it."""
        self._address = address
        self._attempts = attempts

    def check(self) -> None:
        """Raise OSError when the bucket is not there, or nobody answers."""
        with _with_remedy():
            if self._files.get_file_info(self._address.bucket).type == fs.FileType.NotFound:
                raise OSError(f"{NO_BUCKET}: there is no bucket {self._address.bucket}")

    def put(self, name: str, content: memoryview) -> None:
        """Store `content`, in place of what has that name."""
        with _with_remedy():
            # one request, or the last one of several, makes the object: a crash before it leaves none
            stream = self._files.open_output_stream(
                self._address.key(name), compression=None, metadata={"Content-Type": CONTENT_TYPE}
            )
            with stream:
                stream.write(content)

    def get(self, name: str) -> bytes | None:
        """What is stored under the name; None without it."""
        with _with_remedy():
            try:
                file = self._files.open_input_file(self._address.key(name))
            except FileNotFoundError:
                return None
            with file:
                content: bytes = file.read(file.size())  # in one request
                return content

    def delete(self, name: str) -> bool:
        """Delete an object; False when it was not there."""
        with _with_remedy():
            try:
                self._files.delete_file(self._address.key(name))
            except FileNotFoundError:
                return False
            return True

    def names(self, older_than_s: float) -> Iterator[str]:
        """Every object of the archive, written so long ago by the bucket's clock."""
        self.check()  # what is not there would look empty
        limit_ns = (time.time() - older_than_s) * 1e9
        root = self._address.key("")
        with _with_remedy():
            found = self._files.get_file_info(fs.FileSelector(root, allow_not_found=True, recursive=True))
        for info in found:
            if info.type == fs.FileType.File and info.path.endswith(SUFFIX) and info.mtime_ns <= limit_ns:
                yield info.path.removeprefix(f"{root}/")

    def partials(self, older_than_s: float) -> Iterator[str]:
        """None: what was not written whole has no name."""
        return iter(())

    @cached_property
    def _files(self) -> Any:
        address = self._address
        return fs.S3FileSystem(
            region=address.region,
            scheme=address.scheme,
            endpoint_override=address.endpoint,
            tls_ca_file_path=address.ca_file,
            connect_timeout=CONNECT_SECONDS,
            request_timeout=SILENT_SECONDS,
            retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=self._attempts),
            # an object of usual size is one request, made by this thread
            allow_delayed_open=True,
            background_writes=False,
        )


@contextmanager
def _with_remedy() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        text = str(error)
        known = next((said for signs, said in _REMEDIES if any(sign in text for sign in signs)), None)
        raise OSError(f"{text}. {known}" if known else text) from error
