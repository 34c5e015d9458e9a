"""A rendered message: what a destination turns into a request, and what a person reads in the outbox or a
preview.

How it comes out of a template is the business of `rendering`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from markupsafe import escape

from nudge_senders.vocabulary import Channel


@dataclass(frozen=True, kw_only=True)
class Message:
    """Text for one nudge. Which fields are filled depends on the channel.

    in_app: `title`, `paragraphs`, `link_text`, `link_url`. email: `title` is the subject. human: `title`
    heads the card, `paragraphs` are its sections, `fallback` is the notification line, all escaped for Slack.
    A text that lives at the vendor (`vendor_template_id`) has `variables` only.
    """

    channel: Channel
    template_name: str
    template_hash: str
    title: str = ""
    paragraphs: tuple[str, ...] = ()
    fallback: str = ""
    link_text: str = ""
    link_url: str = ""
    signature: str = ""
    vendor_template_id: str | None = None
    #: Queue columns that a text held by the vendor may use, null ones left out.
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The body as plain text, the link on its own line, the signature last."""
        link = f"{self.link_text}: {self.link_url}" if self.link_url else ""
        return "\n\n".join(part for part in (*self.paragraphs, link, self.signature) if part)

    @property
    def html(self) -> str:
        """The body as HTML. Escaping happens here, on finished text, so that no value can be markup."""
        parts = [f"<p>{escape(paragraph)}</p>".replace("\n", "<br>") for paragraph in self.paragraphs]
        if self.link_url:
            parts.append(f'<p><a href="{escape(self.link_url)}">{escape(self.link_text)}</a></p>')
        if self.signature:
            parts.append(f"<p>{escape(self.signature)}</p>")
        return "\n".join(parts)

    def readable(self) -> str:
        """The whole message for a person's eyes."""
        lines = [f"channel: {self.channel.value}", f"template: {self.template_name}"]
        if self.vendor_template_id:
            lines.append(f"text lives at the vendor under: {self.vendor_template_id}")
            lines += ["", *(f"{name}: {value}" for name, value in sorted(self.variables.items()))]
        else:
            heading = {Channel.EMAIL: "subject", Channel.IN_APP: "title", Channel.HUMAN: "card"}[self.channel]
            lines += [f"{heading}: {self.title}", "", self.text]
        return "\n".join(lines) + "\n"
