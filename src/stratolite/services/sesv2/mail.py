"""What a request wants to be sent, as people read it."""

from dataclasses import dataclass
from email import message_from_bytes, policy

from stratolite.services.sesv2 import api, rules


@dataclass(frozen=True, slots=True)
class Mail:
    """An e-mail: ``sender`` as it is written, ``recipients`` as bare addresses."""

    sender: str
    recipients: tuple[str, ...]
    subject: str
    body: str


def simple(request: api.SendEmailRequest) -> Mail:
    """An e-mail of parts. Raises BadRequestException."""
    message = request["Content"]["Simple"]
    body = message["Body"]
    if "Text" not in body and "Html" not in body:
        raise api.BadRequestException("Message body is required")
    part = body["Text"] if "Text" in body else body["Html"]
    sender = request.get("FromEmailAddress", "")
    rules.address(sender)
    lines = [part["Data"]]
    if "ReplyToAddresses" in request:
        lines.append(f"Reply-To: {', '.join(request['ReplyToAddresses'])}")
    lines += [
        f"Attachment: {each['FileName']} ({len(each['RawContent'])} bytes)" for each in message.get("Attachments", ())
    ]
    return Mail(sender, _recipients(_destination(request)), message["Subject"]["Data"], "\n".join(lines))


def raw(request: api.SendEmailRequest) -> Mail:
    """An e-mail in MIME; its header has what the request does not say. Raises BadRequestException, MessageRejected."""
    data = request["Content"]["Raw"]["Data"]
    if len(data) > rules.MESSAGE_BYTES_MAX:
        raise api.MessageRejected(f"Message length is more than {rules.MESSAGE_BYTES_MAX} bytes long: '{len(data)}'.")
    parsed = message_from_bytes(data, policy=policy.default)
    sender = request.get("FromEmailAddress") or str(parsed.get("From", ""))
    rules.address(sender)
    wanted = _destination(request) or [
        one.addr_spec for name in ("To", "Cc", "Bcc") for field in parsed.get_all(name, []) for one in field.addresses
    ]
    part = parsed.get_body(("plain", "html"))
    text = str(part.get_content()).rstrip("\n") if part is not None else ""
    names = [one.get_filename() or "unnamed" for one in parsed.iter_attachments()] if parsed.is_multipart() else []
    lines = [text, *(f"Attachment: {name}" for name in names)]
    return Mail(sender, _recipients(wanted), str(parsed.get("Subject", "")), "\n".join(lines))


def _destination(request: api.SendEmailRequest) -> list[str]:
    wanted = request.get("Destination", {})
    return [
        *wanted.get("ToAddresses", ()),
        *wanted.get("CcAddresses", ()),
        *wanted.get("BccAddresses", ()),
    ]


def _recipients(wanted: list[str]) -> tuple[str, ...]:
    rules.check_count(len(wanted))
    return tuple(rules.address(text) for text in wanted)
