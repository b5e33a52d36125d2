"""The desk: pages and API for people, over the App. It never touches storage."""
