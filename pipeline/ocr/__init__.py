"""From bytes to pages of words with boxes."""
