"""Stops an upload that is too large while it arrives, instead of after it filled the disk."""

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, StopUpload

from tongzhou.kernel.files import MAX_UPLOAD_BYTES

MAX_REQUEST_BYTES = 5 * MAX_UPLOAD_BYTES + 2 * 1024 * 1024


def takes(view: Any, max_bytes: int) -> Any:
    """Let a view take requests of up to ``max_bytes``, where a whole register comes in at once."""
    view.max_request_bytes = max_bytes
    return view


class LimitedUploadHandler(FileUploadHandler):
    """Cut off a request whose files together pass the limit; the form then says so."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, str],  # noqa: N803 - Django's name
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        """Remember when the announced length is already too large."""
        self.received = 0
        self.limit = _limit_of(self.request)
        self.too_large = content_length > self.limit
        if self.request is not None:
            self.request.upload_too_large = self.too_large  # type: ignore[attr-defined]

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Pass the chunk on, or stop reading and drop the connection's rest."""
        self.received += len(raw_data)
        if self.too_large or self.received > self.limit:
            if self.request is not None:
                self.request.upload_too_large = True  # type: ignore[attr-defined]
            raise StopUpload(connection_reset=self.too_large is False)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the finished file to the next handler."""


def _limit_of(request: Any) -> int:
    """Return how much the view that the request goes to takes."""
    match = getattr(request, "resolver_match", None)
    limit: int = getattr(getattr(match, "func", None), "max_request_bytes", MAX_REQUEST_BYTES)
    return limit
