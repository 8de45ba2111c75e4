"""How does a mail become an `Arrival`, and an `Outgoing` a mail? `parse` reads, `imap` fetches, `smtp` delivers."""
