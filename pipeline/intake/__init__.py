"""From outside to a document: unpack, guard, receive."""
