"""Wordings of business documents in English, German and French, from which training pages are made."""

TITLES: dict[str, dict[str, tuple[str, ...]]] = {
    "invoice": {
        "en": ("INVOICE", "Invoice", "TAX INVOICE", "Commercial Invoice", "Service Invoice", "SALES INVOICE", "Weekly Service Invoice", "Bill",
               "Invoice No. {n}", "VAT INVOICE", "Statement of Charges Invoice", "Invoice / Statement", "Freight Bill", "INVOICE ORIGINAL"),
        "de": ("RECHNUNG", "Rechnung Nr. {n}", "Handelsrechnung", "Rechnung", "Abschlagsrechnung", "Sammelrechnung"),
        "fr": ("FACTURE", "Facture N° {n}", "FACTURE CLIENT", "Facture", "Facture acquittée"),
    },
    "credit_note": {
        "en": ("CREDIT MEMO", "Credit Note", "CREDIT NOTE {n}", "Credit Memorandum", "Return Credit", "CREDIT", "Credit Invoice", "CREDIT: {n}"),
        "de": ("GUTSCHRIFT", "Rechnungskorrektur", "Stornorechnung Nr. {n}", "Gutschrift Nr. {n}"),
        "fr": ("AVOIR", "Facture d'avoir", "Note de crédit", "Avoir N° {n}"),
    },
    "statement": {
        "en": ("STATEMENT", "Statement of Account", "Monthly Statement", "Customer Statement", "ACCOUNT STATEMENT", "Open Item Statement"),
        "de": ("Kontoauszug", "Offene-Posten-Liste", "Kontoübersicht"),
        "fr": ("Relevé de compte", "RELEVE DE FACTURES", "Relevé client"),
    },
    "order_ack": {
        "en": ("ORDER ACKNOWLEDGEMENT", "Order Confirmation", "Sales Order Acknowledgment", "Order Acknowledgment {n}", "SALES ORDER CONFIRMATION"),
        "de": ("AUFTRAGSBESTÄTIGUNG", "Auftragsbestätigung Nr. {n}"),
        "fr": ("CONFIRMATION DE COMMANDE", "Accusé de réception de commande"),
    },
    "packing_slip": {
        "en": ("PACKING SLIP", "Packing List", "DELIVERY NOTE", "Delivery Ticket", "Shipping List", "BILL OF LADING", "Despatch Note", "Pick Ticket"),
        "de": ("LIEFERSCHEIN", "Lieferschein Nr. {n}", "Packliste"),
        "fr": ("BON DE LIVRAISON", "Bordereau de livraison", "Liste de colisage"),
    },
    "purchase_order": {
        "en": ("PURCHASE ORDER", "Purchase Order {n}", "P.O. {n}", "BLANKET PURCHASE ORDER", "Purchase Order Change"),
        "de": ("BESTELLUNG", "Bestellung Nr. {n}", "Einkaufsbestellung"),
        "fr": ("BON DE COMMANDE", "Commande d'achat N° {n}"),
    },
    "receipt": {
        "en": ("RECEIPT", "CASH SALE", "Sales Receipt", "TAX INVOICE", "Cash Bill", "SIMPLIFIED TAX INVOICE", "PAYMENT RECEIPT", "Thank you"),
        "de": ("Kassenbon", "Quittung", "BELEG"),
        "fr": ("TICKET DE CAISSE", "Reçu"),
    },
    "other": {
        "en": ("QUOTATION", "Quote", "PROFORMA INVOICE", "Remittance Advice", "Terms and Conditions of Sale", "Past Due Notice", "Form W-9",
               "Estimate", "Certificate of Analysis", "Return Authorization", "Price List", "Payment Reminder", "Change of Bank Details", "Fax Cover Sheet"),
        "de": ("ANGEBOT", "Proforma-Rechnung", "MAHNUNG", "Zahlungserinnerung", "Allgemeine Geschäftsbedingungen", "Zahlungsavis", "Kostenvoranschlag"),
        "fr": ("DEVIS", "Facture pro forma", "Rappel de paiement", "Conditions générales de vente", "Avis de paiement"),
    },
}  # fmt: skip
META: dict[str, dict[str, tuple[str, ...]]] = {
    "invoice": {
        "en": ("Invoice No.: {n}", "Invoice Date: {d}", "Due Date: {d}", "Terms: Net 30", "P.O. Number: {n}", "Customer No. {n}", "Sales Order {n}",
               "Date {d}", "Packing slip {n}", "Ship date {d}", "Account {n}", "Your order {n}", "Bill To", "Ship To", "Sold To", "Remit To"),
        "de": ("Rechnungsnummer {n}", "Rechnungsdatum {d}", "Kundennummer {n}", "Lieferschein {n}", "Ihre Bestellung {n}", "Lieferdatum {d}"),
        "fr": ("Numéro de facture {n}", "Date de facture {d}", "Code client {n}", "Bon de livraison {n}", "Votre commande {n}", "Échéance {d}"),
    },
    "credit_note": {
        "en": ("Credit No. {n}", "Credit Date {d}", "Original Invoice {n}", "Ref Invoice: {n}", "Reason: returned goods", "RGA {n}", "Account {n}",
               "Applies to invoice {n}", "PO {n}", "Bill To", "Customer {n}", "Date {d}"),
        "de": ("Gutschriftsnummer {n}", "Datum {d}", "zu Rechnung {n} vom {d}", "Kundennummer {n}"),
        "fr": ("Avoir N° {n}", "Date {d}", "Sur facture {n} du {d}", "Client {n}"),
    },
    "statement": {
        "en": ("Statement Date {d}", "Account {n}", "Terms Net 30", "Customer {n}", "Period ending {d}", "Amount enclosed", "Page 1 of 1"),
        "de": ("Stichtag {d}", "Konto {n}", "Kundennummer {n}"),
        "fr": ("Date du relevé {d}", "Compte {n}", "Code client {n}"),
    },
    "order_ack": {
        "en": ("Order No. {n}", "Order Date {d}", "Your PO {n}", "Estimated ship date {d}", "Promised {d}", "Customer {n}", "Ship To", "Bill To",
               "Terms Net 30", "Sales Order {n}", "Salesperson A. Reyes"),
        "de": ("Auftragsnummer {n}", "Ihre Bestellung {n} vom {d}", "Liefertermin {d}", "Kundennummer {n}"),
        "fr": ("Commande N° {n}", "Date de commande {d}", "Livraison prévue {d}", "Client {n}"),
    },
    "packing_slip": {
        "en": ("Packing slip {n}", "Ship date {d}", "PO {n}", "Carrier UPS", "Tracking {n}", "Cartons 3", "Weight 45 lb", "Order {n}", "Ship To",
               "Delivered {d}", "Shipment {n}"),
        "de": ("Lieferschein Nr. {n}", "Lieferdatum {d}", "Auftrag {n}", "Versandart Spedition", "Gewicht 12 kg"),
        "fr": ("Bon de livraison N° {n}", "Expédié le {d}", "Commande {n}", "Transporteur", "Colis 2"),
    },
    "purchase_order": {
        "en": ("PO Number {n}", "Order Date {d}", "Vendor {n}", "Ship To", "Deliver by {d}", "Buyer J. Smith", "Terms Net 45", "FOB Destination",
               "Requisition {n}", "Send invoices to"),
        "de": ("Bestellnummer {n}", "Bestelldatum {d}", "Lieferant {n}", "Liefertermin {d}", "Einkäufer"),
        "fr": ("Commande N° {n}", "Date {d}", "Fournisseur {n}", "Livrer à", "Acheteur"),
    },
    "receipt": {
        "en": ("Date {d} 14:32", "Cashier 04", "Till 2", "Receipt No {n}", "Bill No: {n}", "Member {n}", "GST ID {n}", "Tel {n}", "Table 7"),
        "de": ("Datum {d} 14:32", "Kasse 2", "Bon {n}", "Bediener 3"),
        "fr": ("Date {d} 14:32", "Caisse 1", "Ticket {n}"),
    },
    "other": {
        "en": ("Quote No. {n}", "Valid until {d}", "Date {d}", "Prepared for", "Reference {n}", "Expires {d}", "Customer {n}"),
        "de": ("Angebotsnummer {n}", "gültig bis {d}", "Datum {d}", "Kundennummer {n}"),
        "fr": ("Devis N° {n}", "Valable jusqu'au {d}", "Date {d}", "Client {n}"),
    },
}  # fmt: skip
HEADS: dict[str, dict[str, tuple[str, ...]]] = {
    "priced": {
        "en": ("Item  Description  Qty  UOM  Unit Price  Amount", "Ln  Catalog No.  Description  Ordered  Shipped  Price  Extension",
               "Quantity  Description  Rate  Total", "Article  Description  Qty  Price each  Line total"),
        "de": ("Pos  Artikel  Bezeichnung  Menge  Einzelpreis  Gesamt", "Menge  Beschreibung  Preis  Betrag"),
        "fr": ("Référence  Désignation  Quantité  Prix unitaire  Montant HT", "Description  Qté  P.U. HT  Total HT"),
    },
    "unpriced": {
        "en": ("Item  Description  Ordered  Shipped  Lot", "Catalog  Description  Qty Ordered  Qty Shipped  Backordered"),
        "de": ("Pos  Artikel  Bezeichnung  Menge  Charge", "Artikel  Beschreibung  bestellt  geliefert"),
        "fr": ("Référence  Désignation  Commandé  Livré  Lot",),
    },
    "ledger": {
        "en": ("Date  Invoice  PO  Amount  Balance", "Date  Reference  Type  Charges  Credits  Balance", "Invoice No  Date  Due  Amount  Open"),
        "de": ("Datum  Beleg  Fällig  Betrag  Saldo",),
        "fr": ("Date  Facture  Échéance  Montant  Solde",),
    },
}  # fmt: skip
TAILS: dict[str, dict[str, tuple[str, ...]]] = {
    "invoice": {
        "en": ("Subtotal {a}", "Freight {a}", "Sales Tax {a}", "Total {a}", "Invoice Total {a}", "Amount Due {a}", "Balance Due {a}", "Remit to: {c}",
               "Please make checks payable to {c}", "Thank you for your business", "PLEASE PAY {a}", "Past due accounts are charged 1.5% per month",
               "Terms and conditions on the last page", "This is not a statement"),
        "de": ("Nettobetrag {a}", "MwSt 19% {a}", "Rechnungsbetrag {a}", "Zahlbar innerhalb 30 Tagen", "IBAN DE {n}", "Gesamtbetrag {a}"),
        "fr": ("Total HT {a}", "TVA 20% {a}", "Total TTC {a}", "Net à payer {a}", "Règlement à 30 jours", "IBAN FR {n}"),
    },
    "credit_note": {
        "en": ("Subtotal -{a}", "Tax -{a}", "Total Credit {a}", "Credit Total {a} CR", "DO NOT PAY", "This amount has been credited to your account",
               "Balance {a} CR", "Credit issued for returned merchandise", "Total ({a})"),
        "de": ("Gutschriftsbetrag {a}", "Der Betrag wird Ihrem Konto gutgeschrieben", "Nettobetrag -{a}"),
        "fr": ("Total avoir {a}", "Montant à votre crédit {a}", "Total TTC -{a}"),
    },
    "statement": {
        "en": ("Current  1-30  31-60  61-90  Over 90  Total due", "Balance forward {a}", "Please remit the balance shown", "Total balance {a}",
               "Disregard if paid", "Payment received {a}", "Amount past due {a}"),
        "de": ("Saldo {a}", "Offener Betrag {a}", "fällig seit 30 Tagen {a}"),
        "fr": ("Solde dû {a}", "Total échu {a}", "Non échu {a}"),
    },
    "order_ack": {
        "en": ("Order Total {a}", "THIS IS NOT AN INVOICE", "We confirm your order as follows", "Thank you for your order", "Estimated freight {a}",
               "Prices valid on day of shipment", "Do not pay from this document", "Subtotal {a}"),
        "de": ("Auftragswert {a}", "Wir danken für Ihren Auftrag", "Wir bestätigen Ihre Bestellung wie folgt"),
        "fr": ("Total commande {a}", "Nous vous remercions de votre commande", "Ceci n'est pas une facture"),
    },
    "packing_slip": {
        "en": ("Packed by 117. Checked by 204.", "Received by ____ Date ____", "Total cartons 3", "Report shortages within 5 days", "Items backordered will follow",
               "This is not an invoice", "Invoice will follow"),
        "de": ("Ware erhalten: Unterschrift", "Anzahl Kartons 3", "Rechnung folgt"),
        "fr": ("Reçu par: signature", "Nombre de colis 3", "Facture suit"),
    },
    "purchase_order": {
        "en": ("Order total {a}", "Authorized signature", "Acknowledge receipt of this order", "Please supply the goods listed", "Invoices must show the PO number",
               "Subject to the terms of the buyer"),
        "de": ("Bestellwert {a}", "Bitte bestätigen Sie die Bestellung", "Rechnung an"),
        "fr": ("Total commande {a}", "Veuillez livrer", "Signature autorisée"),
    },
    "receipt": {
        "en": ("TOTAL {a}", "CASH {a}", "CHANGE {a}", "Rounding 0.00", "Visa **** 1234", "Goods sold are not returnable", "GST Summary", "Thank you please come again",
               "Total incl GST {a}", "Item count 3"),
        "de": ("SUMME EUR {a}", "Bar {a}", "Rückgeld {a}", "Vielen Dank für Ihren Einkauf"),
        "fr": ("TOTAL {a}", "Espèces {a}", "Rendu {a}", "Merci de votre visite"),
    },
    "other": {
        "en": ("Quote total {a}", "Prices valid for 30 days", "This is a quotation, not an invoice", "Seller warrants that products conform", "Governing law",
               "Your account is past due", "Payment details below", "Limitation of liability", "Title and risk of loss pass on delivery", "This is a proforma, not a demand for payment"),
        "de": ("Angebotssumme {a}", "Wir freuen uns auf Ihren Auftrag", "Gerichtsstand", "Bitte überweisen Sie den offenen Betrag"),
        "fr": ("Total devis {a}", "Bon pour accord", "Droit applicable", "Sauf erreur, votre compte présente un solde"),
    },
}  # fmt: skip
COMPANIES = ("Northfield Medical Supply Inc.", "Apex Surgical LLC", "Bergmann Medizintechnik GmbH", "Laboratoires Duval SARL", "Summit Linen Co.",
             "Harbor Food Service Corp.", "Klein & Sohn KG", "Restauration Martin SAS", "Meridian Gases Ltd", "Orion Diagnostics Inc.", "Riverside Paper Co.")  # fmt: skip
GOODS = ("Exam Glove Nitrile", "Syringe 5 mL", "Gauze Pad Sterile", "Handschuhe Nitril", "Verbandmaterial", "Compresses stériles", "Gants nitrile",
         "Catheter Foley 16FR", "Copy Paper", "Oxygen Cylinder E", "Service visit", "Bath Towel", "Suture 3-0", "Milk 2%", "Toner", "Field service hours",
         "Coffee", "Bread", "Kaffee", "Seringue", "Delivery", "Repair of pump", "Annual maintenance")  # fmt: skip
