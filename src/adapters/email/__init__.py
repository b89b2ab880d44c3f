"""Mail: notices in words, in the reader's language, and the way to a mail server."""
