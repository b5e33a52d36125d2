"""What kind of document some pages are: a linear model over words, title words and shape."""
