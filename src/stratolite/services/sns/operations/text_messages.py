"""Text messages: their settings, and the phone numbers that get none."""

from stratolite.core.call import Call
from stratolite.services.sns import Sns, api, rules


def set_sms_attributes(call: Call, sns: Sns, request: api.SetSMSAttributesInput) -> api.SetSMSAttributesResponse:
    """Change settings of text messages."""
    for name, value in request["attributes"].items():
        rules.sms_attribute(name, value)
    for name, value in request["attributes"].items():
        sns.messages.set_sms_attribute(call, name, value)
    return {}


def get_sms_attributes(call: Call, sns: Sns, request: api.GetSMSAttributesInput) -> api.GetSMSAttributesResponse:
    """Settings of text messages; all that were set unless some are named."""
    found = {**rules.SMS_DEFAULTS, **sns.messages.sms_attributes(call)}
    names = request.get("attributes") or list(found)
    return {"attributes": {name: found[name] for name in names if name in found}}


def check_if_phone_number_is_opted_out(
    call: Call, sns: Sns, request: api.CheckIfPhoneNumberIsOptedOutInput
) -> api.CheckIfPhoneNumberIsOptedOutResponse:
    """Whether the owner of a phone number wants no messages."""
    rules.phone_number(request["phoneNumber"])
    return {"isOptedOut": sns.messages.is_opted_out(call, request["phoneNumber"])}


def list_phone_numbers_opted_out(
    call: Call, sns: Sns, request: api.ListPhoneNumbersOptedOutInput
) -> api.ListPhoneNumbersOptedOutResponse:
    """The phone numbers that get no messages, in pages of 100."""
    found = sns.messages.opted_out(call, request.get("nextToken", ""), rules.PAGE_MAX + 1)
    result: api.ListPhoneNumbersOptedOutResponse = {"phoneNumbers": found[: rules.PAGE_MAX]}
    if len(found) > rules.PAGE_MAX:
        result["nextToken"] = found[rules.PAGE_MAX - 1]
    return result


def opt_in_phone_number(call: Call, sns: Sns, request: api.OptInPhoneNumberInput) -> api.OptInPhoneNumberResponse:
    """Let a phone number get messages again; one that always did is no error."""
    rules.phone_number(request["phoneNumber"])
    sns.messages.opt_in(call, request["phoneNumber"])
    return {}
