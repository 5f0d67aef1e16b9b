"""Where the frames of HTTP/2 begin: one that is too long is known by the first bytes of its head.

h2 refuses it as well, but waits until all of it has come, up to 16 MB. Source: RFC 9113, 4.1.
"""

HEAD_BYTES, LENGTH_BYTES = 9, 3
FRAME_BYTES_MAX = 16 * 1024
"""What a frame may have behind its head, by ``SETTINGS_MAX_FRAME_SIZE``; a client may not be allowed less."""


class Frames:
    """Follows the bytes of one connection, as they come."""

    def __init__(self, preface_bytes: int) -> None:
        """``preface_bytes``: how much comes before the first frame."""
        self._ahead = preface_bytes
        """How many bytes come before the next head."""
        self._begun = b""
        """What has come of a head, where that is not enough."""

    def are_short(self, data: bytes) -> bool:
        """Take the next bytes; False once a frame is longer than it may be."""
        if self._begun:
            data = self._begun + data
        at = self._ahead
        while at + LENGTH_BYTES <= len(data):
            length = int.from_bytes(data[at : at + LENGTH_BYTES])
            if length > FRAME_BYTES_MAX:
                return False
            at += HEAD_BYTES + length
        self._begun, self._ahead = data[at:], max(at - len(data), 0)
        return True
