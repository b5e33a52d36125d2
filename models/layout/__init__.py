"""The layout model: which field or line-item part each word of a page belongs to, and which words share a row."""
