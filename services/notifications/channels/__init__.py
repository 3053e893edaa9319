"""What speaks SMTP: letters are written, handed over, and the results go in through the door of commands."""

from services.notifications.channels.dispatch import MAIL, deliver

__all__ = ["MAIL", "deliver"]
