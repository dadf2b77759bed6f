import pytest

from latido.emulator import EmulatorConfig, EmulatorConfigError

GOOD = {
    "account_sid": "AC" + "1" * 32,
    "auth_token": "emulator-x",
    "sender": "whatsapp:+5491150500147",
    "inbound_url": "http://127.0.0.1:8000/webhooks/twilio/inbound#rc=3",
}


def test_it_starts_with_made_up_credentials():
    assert EmulatorConfig(**GOOD, port=9000).base_url == "http://127.0.0.1:9000"


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("auth_token", "0123456789abcdef0123456789ABCDEF", "looks like a real Twilio Auth Token"),
        ("auth_token", "secret", "must begin with 'emulator-'"),
        ("account_sid", "AC123", "AC and 32 hexadecimal"),
        ("sender", "+5491150500147", "is not like whatsapp:"),
        ("inbound_url", "bridge/inbound", "is not an http"),
        ("messaging_service_sid", "MG1", "MG and 32"),
    ],
)
def test_it_refuses_to_start_with_what_is_not_its_own(field, value, reason):
    with pytest.raises(EmulatorConfigError, match=reason):
        EmulatorConfig(**{**GOOD, field: value})
