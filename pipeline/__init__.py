"""apdesk: supplier invoices in, approved vouchers out. This package imports nothing, so that the domain stays cheap to load."""

__version__ = "0.1.0"
