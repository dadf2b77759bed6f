"""WhatsApp addresses as Twilio writes them: a phone, or a business-scoped id where there is no phone."""

import re

_PHONE = re.compile(r"whatsapp:\+[1-9][0-9]{6,14}")
_BUSINESS_SCOPED = re.compile(r"whatsapp:[A-Z]{2}\.[A-Za-z0-9.]{1,140}")


def is_whatsapp_address(address: str) -> bool:
    """True for `whatsapp:+<digits>` and for `whatsapp:<CC>.<id>`."""
    return bool(_PHONE.fullmatch(address) or _BUSINESS_SCOPED.fullmatch(address))


def address_of(phone: str) -> str:
    """The full address of a phone named `+549…`, `AR.…` or with the prefix already; ValueError if it is neither."""
    address = phone.strip() if phone.strip().startswith("whatsapp:") else f"whatsapp:{phone.strip()}"
    if not is_whatsapp_address(address):
        raise ValueError("a phone is +<country><digits> or a business-scoped id such as AR.abc123")
    return address


def bare(address: str) -> str:
    """The address without its channel prefix."""
    return address.removeprefix("whatsapp:")


def digits_of(address: str) -> str:
    """WhatsApp's `WaId`: the digits without `+`, or empty where there is no phone."""
    return bare(address)[1:] if bare(address).startswith("+") else ""
