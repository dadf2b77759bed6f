"""Twilio's error codes that matter on WhatsApp, and the body in which the REST API tells them."""

from dataclasses import dataclass

MORE_INFO = "https://www.twilio.com/docs/errors/"

# code: (HTTP status when told at once, message). A status of 0 is told later, by status callback.
CODES: dict[int, tuple[int, str]] = {
    11200: (0, "HTTP retrieval failure"),
    11205: (0, "HTTP connection failure"),
    11750: (0, "TwiML response body too large"),
    12100: (0, "Document parse failure"),
    12300: (0, "Invalid Content-Type"),
    14103: (0, "Message body is empty or too long"),
    14109: (0, "More than ten messages in one reply"),
    20001: (400, "Invalid parameter"),
    20003: (401, "Authenticate"),
    20009: (409, "Cannot delete this resource before it is complete"),
    20404: (404, "The requested resource {what} was not found"),
    20422: (400, "Invalid parameter: {what}"),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    21211: (400, "Invalid 'To' Phone Number: {what}"),
    21603: (400, "A 'From' phone number is required"),
    21604: (400, "A 'To' phone number is required"),
    21609: (400, "The StatusCallback URL is not a valid URL"),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21611: (400, "This 'From' number has exceeded the maximum number of queued messages"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21619: (400, "A text message body, media urls or content sid must be specified"),
    21620: (400, "Invalid media URL"),
    21655: (400, "The Content Sid is invalid"),
    21656: (400, "The Content Variables parameter is invalid"),
    21701: (400, "The Messaging Service does not exist"),
    30016: (400, "The channels of To and From differ"),
    30409: (400, "The message cannot be canceled in its present state"),
    35111: (400, "SendAt is missing"),
    35114: (400, "SendAt must be between 300 seconds and 35 days from now"),
    35118: (400, "MessagingServiceSid is required to schedule a message"),
    63003: (0, "Channel could not find To address"),
    63007: (400, "Twilio could not find a Channel with the specified From address"),
    63014: (0, "The recipient has blocked the sender"),
    63015: (0, "The recipient has not joined the sandbox"),
    63016: (0, "Failed to send freeform message because you are outside the allowed window"),
    63018: (0, "Rate limit exceeded for channel"),
    63019: (0, "Media failed to download"),
    63021: (0, "Channel invalid content error"),
    63024: (0, "Invalid message recipient"),
    63027: (0, "Template does not exist for a language and locale"),
    63028: (0, "Number of parameters provided does not match the expected number of parameters"),
}


@dataclass(frozen=True)
class RestError(Exception):
    """An error that the caller of the REST API is told at once."""

    code: int
    what: str = ""

    @property
    def status(self) -> int:
        """The HTTP status that goes with the code."""
        return CODES[self.code][0]

    def body(self) -> dict[str, object]:
        """The JSON body Twilio sends with a 4xx or 5xx."""
        message = CODES[self.code][1].format(what=self.what)
        return {"code": self.code, "message": message, "more_info": f"{MORE_INFO}{self.code}", "status": self.status}


def meaning(code: int) -> str:
    """What a code means, for status callbacks and the debugger; the bare number for one we do not know."""
    return CODES.get(code, (0, f"Error {code}"))[1]
