"""Hundreds of wordings for the captions of fields, columns and parties, in four languages."""

from random import Random


def _c(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("|") if part.strip())


CAPTIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "invoice_number": _c(
            "Invoice No|Invoice No.|Invoice Number|Invoice #|Invoice|Inv No|Inv #|Inv. No.|Invoice Nbr|Invoice ID|Doc No|"
            "Document No.|Document Number|Bill No|Bill Number|Our Invoice|Tax Invoice No|Reference No|Number|No.|Invoice ref|"
            "INV|Transaction #|Receipt No|Receipt #|Receipt No.|Cash Bill No|Slip No|Ticket|Invoice num|Billing Document"
        ),
        "invoice_date": _c(
            "Invoice Date|Date|Inv Date|Inv. Date|Date of Invoice|Invoice dated|Billing Date|Bill Date|Issue Date|Date Issued|"
            "Document Date|Doc Date|Dated|Tax Date|Date/Tax point|Printed Date|Date of issue|Transaction Date|Bill dated"
        ),
        "due_date": _c(
            "Due Date|Due|Payment Due|Date Due|Pay By|Due By|Payment Due Date|Please pay by|Net Due Date|Due on|Pay before|"
            "Net Due|Must be paid by"
        ),
        "po_number": _c(
            "PO|P.O.|PO #|P.O. #|PO No|PO No.|P.O. No.|P.O. Number|PO Number|Purchase Order|Purchase Order No.|Purchase Order #|"
            "Customer PO|Cust PO|Cust. P.O.|Your Order|Your Order No|Your Ref|Customer Order No|Cust Order #|Order Ref|"
            "Customer P.O. #|Buyer Order No|Purchase Order Number|Customer Reference|Cust PO No|Your PO|Client PO|Customer PO#"
        ),
        "account_no": _c(
            "Customer No|Customer No.|Customer #|Customer Number|Account|Account No|Account No.|Account #|Account Number|Acct|"
            "Acct No|Acct #|Cust No|Cust #|Cust. No.|Customer ID|Bill-to Acct|Client No|Your Account|Sold To No|Cust ID|A/C No"
        ),
        "despatch_ref": _c(
            "Packing Slip|Delivery Note|Delivery No|Delivery #|Packing List No|Shipment No|Shipment #|BOL|Bill of Lading|"
            "Delivery Note No|Despatch Note|Packing Slip #|Delivery ticket|Pack List"
        ),
        "references_invoice": _c(
            "Original Invoice|Orig Inv No|Credit for Invoice|Ref Invoice|Applies to Invoice|Original Invoice No|Against Invoice|"
            "Related Invoice|Invoice credited"
        ),
        "terms": _c(
            "Terms|Payment Terms|Pay Terms|Terms of Payment|Term|Terms Code|Credit Terms|Net Terms|Payment Condition"
        ),
        "period_end": _c("Period Ending|Service Period End|Week Ending|Period End|Through|Billing Period To|Period to"),
        "currency": _c("Currency|Currency Code|Curr|Cur.|All amounts in|Billing Currency|Invoice Currency"),
        "supplier_tax_id": _c(
            "Federal ID|FEIN|Fed ID|Tax ID|Fed. Tax ID|EIN|TIN|Federal Tax ID|VAT No|VAT Reg No|VAT No.|VAT number|VAT Reg. No.|"
            "GST No|GSTIN|GST ID|VAT/TIN|ABN|Tax Reg No|VAT ID|FED ID NO|VAT|GST Reg No"
        ),
        "buyer_tax": _c("Customer VAT|Your VAT No|Buyer GSTIN|Customer Tax ID|VAT No of customer|Tax Exempt No|Resale Cert"),
        "subtotal": _c(
            "Subtotal|Sub Total|Sub-Total|SUB TOTAL|Merchandise Total|Merchandise|Net Amount|Net|Net Total|Total Excl. VAT|"
            "Total net|Taxable Amount|Total before tax|Goods Total|Product Total|Amount before tax|Sub Total (ex GST)|Line Total|"
            "Total excl. tax|Net value|Total Goods|Material Total|Total Merchandise|Items Total"
        ),
        "tax_total": _c(
            "Tax|Sales Tax|VAT|Total VAT|Tax Total|Total Tax|GST|VAT Amount|Tax Amount|State Tax|Sales Tax Amount|HST|"
            "Total GST|TAX AMT|Estimated tax|VAT Total|Total Sales Tax"
        ),
        "tax_part": _c("State Tax|County Tax|City Tax|CGST|SGST|IGST|VAT|GST|PST|Local Tax|District Tax|Tax"),
        "total": _c(
            "Total|Invoice Total|TOTAL|Grand Total|Total Amount|Total Due|Invoice Amount|Total Invoice|Please Pay|Pay This Amount|"
            "Total Inc VAT|Total incl. VAT|Amount Payable|Total USD|Gross Total|Total Payable|Net Invoice Amount|Total Amount Due|"
            "Order Total|Total Charges|Total (inc. GST)|TOTAL SALES|Total Invoice Value|Total to pay|Net Total|INVOICE TOTAL|"
            "Total Sales (Inclusive of GST)|Nett Total|Rounded Total|Total incl. tax|Total Gross|Amount Total|Bill total"
        ),
        "amount_due": _c(
            "Amount Due|Balance Due|Balance|Total Due|Amount Payable|Balance Owing|Now Due|Net Due|Amount to Pay|Outstanding|"
            "Due Amount|Payment Due|Please remit|Amount Owing|Balance to pay|Pay this amount|Total amount due"
        ),
        "credit_total": _c("Credit Total|Total Credit|Credit Amount|Total|Amount Credited|Net Credit|Credit Due"),
        "freight": _c(
            "Freight|Shipping|Shipping & Handling|Delivery|Delivery Charge|Postage|Freight Charges|Carriage|S&H|Shipping Charges|"
            "Freight Out|Transportation|Ship/Handling|P&P|Freight In|Shipping Fee"
        ),
        "fuel_surcharge": _c("Fuel Surcharge|Fuel|Fuel Charge|Energy Surcharge|Fuel Adj|Fuel/Energy Fee"),
        "handling": _c("Handling|Handling Fee|Small Order Fee|Min Order Charge|Hazmat Fee|Cold Pack Fee|Environmental Fee|Service Fee"),
        "discount": _c("Discount|Less Discount|Trade Discount|Total Discount|Rebate|Contract Discount|Volume Discount|Promo"),
        "prepaid": _c("Deposit|Payments/Credits|Amount Paid|Less Payment|Prepaid|Payment Received|Paid|Less Deposit|Payments"),
        "rounding": _c("Rounding|Round Off|Rounding Adj|Rounding Adjustment|Round-off"),
        "cash": _c("Cash|Cash Tendered|CASH|Visa|Mastercard|Tendered|Paid by card|Amount Tendered"),
        "change": _c("Change|CHANGE|Change Due|Cash change"),
        "bill_to": _c(
            "Bill To|BILL TO:|Billed To|Bill-To|Billing Address|Invoice To|Customer|Billed to|Invoice Address|Bill to address|"
            "Client|Buyer|Charge To|INVOICED TO|To"
        ),
        "sold_to": _c("Sold To|SOLD TO|Sold-to party|Purchaser|Customer"),
        "ship_to": _c(
            "Ship To|SHIP TO:|Shipped To|Deliver To|Delivery Address|Ship-To|Shipping Address|Delivered to|Service Location|"
            "Consignee|Job Site|Deliver-to|Equipment location|Site|Place of delivery|Service address"
        ),
        "remit_to": _c(
            "Remit To|REMIT TO:|Remit Payment To|Please Remit To|Mail Payment To|Make checks payable to|Remittance Address|"
            "Send Payment To|Pay To|Please make checks payable and mail to|Payable to"
        ),
        "seller": _c("Sold By|From|Seller|Supplier|Vendor|Billed By|Vendor Name|Issued by|Supplied by|Merchant"),
        "bank": _c("Bank Details|Wire Instructions|ACH Payment|Payment Details|EFT Information|Banking|Bank"),
        "bank_account": _c("Account No|Account|Acct #|Bank A/C|Account Number|IBAN|Checking Acct|A/C Number"),
        "bank_routing": _c("Routing No|ABA|ABA #|Sort Code|SWIFT|Routing Number|ABA/Routing|BIC|IFSC Code|Transit"),
    },
    "de": {
        "invoice_number": _c(
            "Rechnungsnummer|Rechnung Nr.|Rechnungs-Nr.|Rechnungsnr.|Rechnung|RE-Nr.|Rg.-Nr.|Rechnung-Nr|Belegnummer|Beleg-Nr.|"
            "Rechn.-Nr.|Rechnung Nr|Nummer|Dokumentnummer|Re.-Nummer|Faktura-Nr."
        ),
        "invoice_date": _c("Rechnungsdatum|Datum|Rg.-Datum|Belegdatum|Rechnung vom|vom|Ausstellungsdatum|Datum der Rechnung|Re.-Datum"),
        "due_date": _c("Fällig am|Fälligkeit|Fälligkeitsdatum|Zahlbar bis|Zahlungsziel|Zu zahlen bis|fällig|Zahlung bis"),
        "po_number": _c(
            "Bestellnummer|Ihre Bestellung|Bestell-Nr.|Ihre Bestellnummer|Kundenbestellung|Ihr Zeichen|Ihre Referenz|Auftrag des "
            "Kunden|Best.-Nr.|Bestellung|Bestellreferenz|Ihre Bestell-Nr.|Kunden-Bestellnr."
        ),
        "account_no": _c("Kundennummer|Kunden-Nr.|Kundennr.|Kd.-Nr.|Kunde|Ihre Kundennummer|Debitor|Debitoren-Nr.|Kundenkonto"),
        "despatch_ref": _c("Lieferschein|Lieferschein-Nr.|Lieferscheinnummer|LS-Nr.|Lieferung Nr."),
        "references_invoice": _c("zu Rechnung|Ursprungsrechnung|Bezug Rechnung|Gutschrift zu Rechnung|Originalrechnung"),
        "terms": _c("Zahlungsbedingungen|Zahlungsbedingung|Zahlungsart|Konditionen|Zahlung|Zahlungskonditionen"),
        "period_end": _c("Leistungszeitraum bis|Zeitraum bis|Abrechnung bis|Abrechnungszeitraum bis"),
        "currency": _c("Währung|Beträge in|Alle Beträge in|Rechnungswährung|Preise in"),
        "supplier_tax_id": _c("USt-IdNr.|USt-ID|USt.-Id.-Nr.|Umsatzsteuer-ID|Steuernummer|Steuer-Nr.|UID|St.-Nr.|Ust-IDNr|UID-Nr."),
        "buyer_tax": _c("Ihre USt-IdNr.|USt-ID Kunde|Kunden-USt-ID|Ihre UID"),
        "subtotal": _c(
            "Nettobetrag|Zwischensumme|Summe netto|Netto|Gesamt netto|Warenwert|Nettosumme|Summe Positionen|Rechnungssumme Netto|"
            "Gesamtbetrag netto|Positionssumme|Nettowert|Summe (netto)|Betrag netto|Total exkl. MWST"
        ),
        "tax_total": _c("MwSt.|USt.|Umsatzsteuer|Mehrwertsteuer|zzgl. MwSt.|zzgl. USt|Steuerbetrag|MwSt-Betrag|MWST|Summe MwSt.|Steuer"),
        "tax_part": _c("MwSt.|USt.|Umsatzsteuer|Steuerbetrag USt.|zzgl. MwSt.|MwSt"),
        "total": _c(
            "Gesamtbetrag|Rechnungsbetrag|Gesamtsumme|Endbetrag|Summe brutto|Bruttobetrag|Gesamt|Rechnungssumme Brutto|Summe|Total|"
            "Gesamt brutto|Endsumme|Rechnungssumme|Gesamtbetrag brutto|Bruttosumme|Rechnungsbetrag inkl. MwSt.|Total inkl. MWST"
        ),
        "amount_due": _c("Zahlbetrag|Fälliger Betrag|Zu zahlen|Offener Betrag|Zahlbarer Betrag|Restbetrag|Noch zu zahlen|Zahllast"),
        "credit_total": _c("Gutschriftsbetrag|Gesamtbetrag|Summe Gutschrift|Gutschrift gesamt"),
        "freight": _c("Versandkosten|Fracht|Versand|Lieferkosten|Frachtkosten|Porto|Transport|Versandkostenanteil"),
        "fuel_surcharge": _c("Energiezuschlag|Dieselzuschlag|Treibstoffzuschlag|Maut- und Dieselzuschlag"),
        "handling": _c("Verpackung|Bearbeitungsgebühr|Mindermengenzuschlag|Verpackungskosten|Servicepauschale"),
        "discount": _c("Rabatt|Abzgl. Rabatt|Nachlass|Kundenrabatt|Sonderrabatt|Abschlag"),
        "prepaid": _c("Anzahlung|Abschlagszahlung|Bereits gezahlt|Vorauszahlung|abzgl. Anzahlung|Gezahlt"),
        "rounding": _c("Rundung|Rundungsdifferenz"),
        "cash": _c("Bar|Gegeben|EC-Karte|Kartenzahlung"),
        "change": _c("Rückgeld|Zurück"),
        "bill_to": _c("Rechnungsempfänger|Rechnung an|Rechnungsadresse|Kunde|An|Firma|Rechnungsanschrift|Auftraggeber|Käufer"),
        "sold_to": _c("Käufer|Besteller|Auftraggeber"),
        "ship_to": _c("Lieferadresse|Lieferanschrift|Warenempfänger|Lieferung an|Empfänger|Lieferort|Leistungsort"),
        "remit_to": _c("Zahlung an|Zahlungsempfänger|Begünstigter|Bitte überweisen an"),
        "seller": _c("Rechnungssteller|Verkäufer|Lieferant|Absender|Von"),
        "bank": _c("Bankverbindung|Bankdaten|Unsere Bankverbindung|Bank|Zahlungsinformationen"),
        "bank_account": _c("IBAN|Konto|Kontonummer|Konto-Nr.|Kto."),
        "bank_routing": _c("BIC|BLZ|SWIFT|BIC/SWIFT|Bankleitzahl"),
    },
    "fr": {
        "invoice_number": _c(
            "Facture N°|Facture n°|N° Facture|Numéro de facture|N° de facture|Facture|Facture Nº|Réf. facture|Référence de la "
            "facture|# Facture|Numéro|Facture numéro|N° pièce|N° document|FACTURE N° :|Facture no|Num. facture"
        ),
        "invoice_date": _c(
            "Date|Date de facture|Date facture|Date de la facture|Facture du|Date d'émission|Le|Date de facturation|Émise le|En date du"
        ),
        "due_date": _c(
            "Échéance|Date d'échéance|Date échéance|À payer avant|A payer avant|Règlement avant le|Date limite de paiement|Payable le|"
            "Échéance le|A régler avant le|Date de règlement"
        ),
        "po_number": _c(
            "Commande N°|N° commande|Votre commande|Bon de commande|BC|N° de commande|Réf. commande|Votre référence|Commande client|"
            "N° bon de commande|Vos réf.|Référence commande|Commande n°|Commande"
        ),
        "account_no": _c("N° client|Code client|Numéro de client|Client N°|Compte client|Référence client|Code Client|N° de compte client"),
        "despatch_ref": _c("Bon de livraison|BL N°|N° BL|Livraison n°|N° de bon de livraison"),
        "references_invoice": _c("Facture d'origine|Avoir sur facture|Facture associée|Réf. facture d'origine|Annule la facture"),
        "terms": _c(
            "Conditions de paiement|Conditions de règlement|Mode de règlement|Règlement|Conditions|Modalités de paiement|Termes de paiement"
        ),
        "period_end": _c("Période au|Fin de période|Date de fin de prestation|Prestation jusqu'au"),
        "currency": _c("Devise|Montants en|Monnaie|Montants exprimés en"),
        "supplier_tax_id": _c("N° TVA|TVA intracommunautaire|N° TVA intracom|N° TVA intra|TVA intra.|Identifiant TVA|N° TVA :|SIRET|SIREN"),
        "buyer_tax": _c("Votre N° TVA|TVA client|N° TVA client|TVA intracom. client"),
        "subtotal": _c(
            "Total HT|Montant HT|Sous-total|Total hors taxes|Total net HT|Base HT|Net HT|Sous-total HT|Total H.T.|Montant total HT|"
            "Total €HT|Sous total|Prix net HT"
        ),
        "tax_total": _c("TVA|Total TVA|Montant TVA|Taxes|Total taxes|TVA 20%|Montant de la TVA|T.V.A.|Total TAXES|Taxe"),
        "tax_part": _c("TVA|TVA 20%|TVA 10%|TVA 5,5%|Montant TVA"),
        "total": _c(
            "Total TTC|Montant TTC|TOTAL|Total|Net à payer|Total T.T.C.|Montant total TTC|Montant total|Total général|TOTAL TTC|Prix TTC|"
            "Somme totale|Total à payer|Net à payer TTC|Total facture|Total (TTC)"
        ),
        "amount_due": _c("Net à payer|Reste à payer|Montant dû|Solde dû|À payer|Solde à payer|NET A PAYER|Montant à payer|Reste dû"),
        "credit_total": _c("Total avoir|Montant de l'avoir|Total TTC|Net à déduire"),
        "freight": _c("Frais de port|Port|Frais de livraison|Livraison|Frais d'expédition|Transport|Frais de transport"),
        "fuel_surcharge": _c("Surcharge carburant|Taxe gasoil|Participation énergie"),
        "handling": _c("Frais de gestion|Frais de dossier|Emballage|Frais de service|Éco-participation"),
        "discount": _c("Remise|Rabais|Remise commerciale|Remise globale|Réduction|Escompte"),
        "prepaid": _c("Acompte|Acompte versé|Déjà réglé|Règlement|Acomptes|Déjà payé|Montant réglé"),
        "rounding": _c("Arrondi"),
        "cash": _c("Espèces|CB|Carte bancaire|Chèque"),
        "change": _c("Rendu|Monnaie rendue"),
        "bill_to": _c("Facturé à|Adresse de facturation|Client|Facturer à|Destinataire|Adresse du client|Facturation|À|Doit|Acheteur"),
        "sold_to": _c("Vendu à|Acheteur|Client"),
        "ship_to": _c("Livré à|Adresse de livraison|Envoyé à|Livraison|Expédié à|Lieu de livraison|Livrer à"),
        "remit_to": _c("Paiement à|Régler à l'ordre de|Bénéficiaire|A l'ordre de"),
        "seller": _c("Émetteur|Vendeur|Fournisseur|De|Vendu par|Emetteur"),
        "bank": _c("Coordonnées bancaires|RIB|Banque|Domiciliation|Informations de paiement"),
        "bank_account": _c("IBAN|N° de compte|Compte"),
        "bank_routing": _c("BIC|SWIFT|Code banque|BIC/SWIFT"),
    },
    "nl": {
        "invoice_number": _c("Factuurnummer|Factuur nr.|Factuurnr.|Factuur|Factuur-nr|Nummer|Documentnummer|Fact.nr."),
        "invoice_date": _c("Factuurdatum|Datum|Factuur datum|Fact.datum|Datum factuur"),
        "due_date": _c("Vervaldatum|Te betalen voor|Uiterste betaaldatum|Betalen voor|Vervaldag"),
        "po_number": _c("Bestelnummer|Uw bestelling|Uw referentie|Inkooporder|Order klant|Uw ordernr.|Ordernummer|Uw kenmerk|PO-nummer"),
        "account_no": _c("Klantnummer|Klantnr.|Klant|Debiteurnummer|Debiteurnr.|Relatienummer"),
        "despatch_ref": _c("Pakbon|Pakbonnummer|Leverbon|Afleverbon"),
        "references_invoice": _c("Oorspronkelijke factuur|Credit op factuur|Betreft factuur"),
        "terms": _c("Betalingsconditie|Betaaltermijn|Betalingswijze|Betaalconditie|Betaling"),
        "period_end": _c("Periode tot|Periode t/m|Einde periode"),
        "currency": _c("Valuta|Bedragen in|Munteenheid"),
        "supplier_tax_id": _c("BTW-nummer|BTW-nr.|BTW nr|BTW-id|Btw-nummer|BTW identificatienummer"),
        "buyer_tax": _c("Uw BTW-nummer|BTW-nr. klant|BTW nr. afnemer"),
        "subtotal": _c("Subtotaal|Totaal excl. BTW|Netto|Bedrag excl. btw|Totaal exclusief BTW|Nettobedrag|Goederenbedrag"),
        "tax_total": _c("BTW|BTW 21%|Btw-bedrag|BTW bedrag|Totaal BTW|Btw"),
        "tax_part": _c("BTW 21%|BTW 9%|BTW hoog|BTW laag|BTW"),
        "total": _c("Totaal|Totaalbedrag|Factuurtotaal|Totaal incl. BTW|Factuur totaal EUR|Eindtotaal|Totaal inclusief BTW|Factuurbedrag"),
        "amount_due": _c("Te betalen|Te voldoen|Openstaand bedrag|Nog te betalen|Te betalen bedrag|Restant"),
        "credit_total": _c("Creditbedrag|Totaal credit|Totaal"),
        "freight": _c("Verzendkosten|Vrachtkosten|Bezorgkosten|Transportkosten|Porto"),
        "fuel_surcharge": _c("Brandstoftoeslag|Dieseltoeslag|Energietoeslag"),
        "handling": _c("Administratiekosten|Behandelingskosten|Verpakking|Orderkosten"),
        "discount": _c("Korting|Klantkorting|Betalingskorting"),
        "prepaid": _c("Aanbetaling|Reeds betaald|Betaald|Voldaan"),
        "rounding": _c("Afronding|Afrondingsverschil"),
        "cash": _c("Contant|PIN|Gepind"),
        "change": _c("Wisselgeld|Terug"),
        "bill_to": _c("Factuuradres|Factuur aan|Klant|Aan|Facturatie adres"),
        "sold_to": _c("Afnemer|Besteller"),
        "ship_to": _c("Afleveradres|Bezorgadres|Leveradres|Afleveren aan|Verzendadres"),
        "remit_to": _c("Betaling aan|Begunstigde|Ten name van"),
        "seller": _c("Leverancier|Verkoper|Van|Afzender"),
        "bank": _c("Bankgegevens|Bank|Betaalgegevens"),
        "bank_account": _c("IBAN|Rekeningnummer|Bankrekening"),
        "bank_routing": _c("BIC|SWIFT|BIC-code"),
    },
}

DECOYS: dict[str, tuple[str, ...]] = {  # captions whose values look like the wanted ones but are not
    "en": _c(
        "Order No|Sales Order|Sales Order No.|SO #|Order #|Our Order|Our Ref|Order Number|Job No|Job #|Work Order|Ticket No|"
        "Contract No|Contract #|Quote No|Route|Stop|Truck|Load #|Tracking No|Tracking #|Waybill|Pro Number|Warehouse|Whse|Dept|"
        "Cost Center|Project|Release|Batch|Ref|Reference|Case No|RMA|Serial No|GLN|DUNS|Store|Register|Trans|Salesperson|"
        "Sales Rep|Terminal|Member No|Loan No|Asset ID|DEA No|License No|Agreement|Requisition|Req #|Vendor No|Confirmation No"
    ),
    "de": _c(
        "Auftragsnummer|Auftrags-Nr.|Auftrag|Unser Zeichen|Vorgang|Projekt|Angebot|Vertrag|Vertragsnummer|Kostenstelle|Lager|"
        "Tour|Steuernr.|HRB|GLN|Lieferantennummer|Sachbearbeiter|Referenz|Seriennummer|Sendung|Filiale|Handelsregister|ILN"
    ),
    "fr": _c(
        "N° d'affaire|Devis n°|N° devis|Contrat|N° contrat|Nos réf.|Dossier|Projet|Code agence|Dépôt|N° de vente|RCS|APE|GLN|"
        "N° suivi|Référence|N° série|Marché n°|Agence|Représentant|N° adhérent|Code service|Tournée"
    ),
    "nl": _c("Ordernr.|Verkooporder|Onze referentie|Projectnummer|KvK|KVK-nummer|Offerte|Contractnummer|Zending|Filiaal|Kenmerk"),
}
DATE_DECOYS: dict[str, tuple[str, ...]] = {
    "en": _c(
        "Ship Date|Shipped|Order Date|Ordered|Delivery Date|Date Shipped|Date Ordered|Delivered|Print Date|Statement Date|"
        "Service Date|Date of Service|Discount Date|Requested|Received|Contract Date|Date of Supply|P.O. Date|Entered|From"
    ),
    "de": _c("Lieferdatum|Bestelldatum|Auftragsdatum|Leistungsdatum|Versanddatum|Druckdatum|Liefertermin|Bestellt am|Leistung vom"),
    "fr": _c("Date de livraison|Date de commande|Livré le|Commandé le|Date d'expédition|Imprimé le|Date de prestation|Période du"),
    "nl": _c("Leverdatum|Orderdatum|Besteldatum|Verzenddatum|Printdatum|Datum levering"),
}

COLUMNS: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "no": _c("Line|Ln|#|No|No.|Item|LN|Pos|Sr. No|Sl|Line #"),
        "sku": _c(
            "Item No.|Item|Item #|Item Number|Part No|Part #|SKU|Product Code|Product|Material|Catalog #|Cat No|Cat. No.|Code|"
            "Stock No|Item Code|Product No.|Article|Ref|REF|Part / Service|Mfr #|Item ID|Material No|Catalogue No|PART NUMBER|NDC"
        ),
        "description": _c(
            "Description|Item Description|Product Description|Desc|Description of goods|Particulars|Product|Details|Title|Name|"
            "Description of work|Activity|Service|Item|Product Name|DESCRIPTION|Item / Description|Goods|Product/Service"
        ),
        "ordered": _c("Ord|Ordered|Qty Ord|Order Qty|ORD|Qty Ordered"),
        "quantity": _c(
            "Qty|Quantity|QTY|Qty.|Shipped|Ship|Qty Shipped|Qty Shp|Shp|Units|Hours|Pieces|Qty Inv|Billed Qty|Total pcs|Ship Qty|Qnty"
        ),
        "backordered": _c("B/O|BO|Back Ord|Backordered|Bkord"),
        "unit": _c("U/M|UOM|UM|Unit|Unit of Measure|U/I|Units|Per|Pack|Sell UOM"),
        "pack": _c("Pack|Pack Size|Pkg|Size|Case/Pack"),
        "unit_price": _c(
            "Price|Unit Price|Rate|Unit Cost|Each|Net Price|Price Each|Price/Unit|Cost|Unit Net|Your Price|Item Price|U/Price|Selling Price"
        ),
        "list_price": _c("List|List Price|MSRP|Retail|Gross price"),
        "discount": _c("Disc|Disc %|Discount|Disc.%|Less %"),
        "tax_rate": _c("Tax|Tax %|VAT %|VAT|GST %|VAT Rate|TX|Tx"),
        "tax": _c("Tax|VAT|GST|Tax Amt|VAT Amount"),
        "line_total": _c(
            "Amount|Total|Extension|Ext. Price|Extended|Line Total|Ext Amount|Net Amount|Extended Price|Ext|Net|Total Price|Line Amount|"
            "Charge|Value|Extended Amount|Subtotal|Amount (USD)|Net Value|AMOUNT|Total Net"
        ),
        "date": _c("Date|Svc Date|Ship Date|Service Date|Delivery"),
        "lot": _c("Lot|Lot No|Lot #|Serial|Lot/Serial|Batch|HSN/SAC|HSN"),
    },
    "de": {
        "no": _c("Pos|Pos.|Nr.|Position|Pos.-Nr."),
        "sku": _c("Artikelnr.|Art.-Nr.|Artikel-Nr.|Artikelnummer|Artikel|Art.Nr|Bestellnr.|Material|Produkt-Nr."),
        "description": _c("Bezeichnung|Beschreibung|Artikelbezeichnung|Leistung|Artikel|Produkt|Text|Leistungsbeschreibung"),
        "ordered": _c("Bestellt|Best."),
        "quantity": _c("Menge|Anzahl|Anz.|Geliefert|Stück|Stunden|Std."),
        "backordered": _c("Rückstand|Offen"),
        "unit": _c("Einheit|ME|Einh.|VE|E"),
        "pack": _c("Inhalt|VPE|Gebinde"),
        "unit_price": _c("Einzelpreis|Preis|E-Preis|EP|Preis/Einh.|Stückpreis|Einzelpreis €|Nettopreis|Preis Einheit|Preis netto"),
        "list_price": _c("Listenpreis|Bruttopreis"),
        "discount": _c("Rabatt|Rabatt %|Rab.|Rab. %"),
        "tax_rate": _c("MwSt|USt %|MwSt %|USt.|MwSt-Satz|St."),
        "tax": _c("MwSt-Betrag|Steuer|MwSt €"),
        "line_total": _c("Gesamtpreis|Gesamt|Betrag|G-Preis|Summe|Gesamt €|Nettobetrag|Betrag EUR|Netto|Gesamt netto|Positionsbetrag"),
        "date": _c("Datum|Lieferdatum|Leistungsdatum"),
        "lot": _c("Charge|Serien-Nr.|Ch.-B."),
    },
    "fr": {
        "no": _c("N°|Ligne|#|Pos|N° ligne"),
        "sku": _c("Référence|Réf.|Code article|Article|Code|Ref|Réference|Réf. article|Code produit"),
        "description": _c("Désignation|Description|Libellé|Produit|DÉSIGNATION|Intitulé|Prestation|Nom & Désignation|Article"),
        "ordered": _c("Cdé|Qté cdée|Commandé"),
        "quantity": _c("Qté|Quantité|QTÉ|Qte|Livré|Qté livrée|Nombre|Nb"),
        "backordered": _c("Reliquat|RAL"),
        "unit": _c("Unité|U|UdM|Unit|Cond."),
        "pack": _c("Colisage|Cond.|Format"),
        "unit_price": _c("Prix unitaire|P.U. HT|PU HT|Prix Unit. HT|P.U.|Prix Uni. €|Prix|Prix unitaire HT|PU|PRIX UNIT. HT|Tarif"),
        "list_price": _c("Prix brut|Tarif public|PU brut"),
        "discount": _c("Remise|Rem. %|% Rem|Remise %|Rem"),
        "tax_rate": _c("TVA|% TVA|Taux TVA|Tx TVA|Taux"),
        "tax": _c("Total TVA|Montant TVA|TVA €"),
        "line_total": _c("Montant HT|Total HT|Montant|Total|MONTANT HT|Montant €H.T.|Prix total|Total net HT|Net HT|Montant total|Prix HT"),
        "date": _c("Date|Date livr."),
        "lot": _c("Lot|N° lot|N° série"),
    },
    "nl": {
        "no": _c("Nr.|Regel|Pos|#"),
        "sku": _c("Artikel|Artikelnr.|Art.nr|Artikelcode|Code|Artikelnummer"),
        "description": _c("Omschrijving|Beschrijving|Product|Artikelomschrijving|Naam"),
        "ordered": _c("Besteld"),
        "quantity": _c("Aantal|Geleverd|Hoeveelheid|Uren|Aant."),
        "backordered": _c("Backorder|Nalevering"),
        "unit": _c("Eenheid|Eenh.|Per"),
        "pack": _c("Verpakking|Inhoud"),
        "unit_price": _c("Prijs|Stukprijs|Eenheidsprijs|Prijs p/st|Prijs excl.|Tarief"),
        "list_price": _c("Bruto prijs|Adviesprijs"),
        "discount": _c("Korting|Krt %|Korting %"),
        "tax_rate": _c("BTW|BTW %|Btw-tarief|% BTW"),
        "tax": _c("BTW bedrag|BTW"),
        "line_total": _c("Bedrag|Totaal|Totaal excl.|Netto|Regeltotaal|Totaalprijs|Bedrag excl. BTW"),
        "date": _c("Datum|Leverdatum"),
        "lot": _c("Partij|Lotnr.|Serienr."),
    },
}

TITLES: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "invoice": _c("INVOICE|Invoice|Tax Invoice|TAX INVOICE|Sales Invoice|SERVICE INVOICE|Commercial Invoice|Weekly Service Invoice|"
                      "Invoice/Bill|CUSTOMER INVOICE|Consumption Invoice|Delivery Invoice|Retail Invoice|BILL|ORIGINAL INVOICE"),
        "credit_note": _c("CREDIT MEMO|Credit Memo|CREDIT NOTE|Credit Note|Credit Invoice|RETURN CREDIT|Credit Memorandum"),
        "statement": _c("STATEMENT|Statement of Account|Account Statement|STATEMENT OF ACCOUNT|Monthly Statement|Past Due Notice"),
        "order_ack": _c("ORDER ACKNOWLEDGEMENT|Order Confirmation|Sales Order|ORDER ACKNOWLEDGMENT|Sales Order Confirmation|Quotation|"
                        "QUOTE|Proforma Invoice|Pro Forma Invoice|THIS IS NOT AN INVOICE"),
        "packing_slip": _c("PACKING SLIP|Packing List|Delivery Note|DELIVERY TICKET|Delivery Receipt|Shipper|Bill of Lading|Pick Ticket"),
        "receipt": _c("RECEIPT|Cash Receipt|TAX INVOICE|INVOICE|Simplified Tax Invoice|CASH BILL|Sales Receipt||"),
        "purchase_order": _c("PURCHASE ORDER|Purchase Order|P.O.|Order|STANDING ORDER|Blanket Purchase Order"),
    },
    "de": {
        "invoice": _c("Rechnung|RECHNUNG|Faktura|Schlussrechnung|Handelsrechnung|Teilrechnung"),
        "credit_note": _c("Gutschrift|GUTSCHRIFT|Rechnungskorrektur|Stornorechnung"),
        "statement": _c("Kontoauszug|Zahlungserinnerung|Mahnung|Offene Posten"),
        "order_ack": _c("Auftragsbestätigung|Angebot|Proforma-Rechnung|Bestellbestätigung"),
        "packing_slip": _c("Lieferschein|LIEFERSCHEIN|Packliste"),
        "receipt": _c("Quittung|Kassenbon|Rechnung|Beleg"),
        "purchase_order": _c("Bestellung|BESTELLUNG|Einkaufsbestellung"),
    },
    "fr": {
        "invoice": _c("FACTURE|Facture|FACTURE DE VENTE|Facture A|FACTURE ORIGINALE|Facture client"),
        "credit_note": _c("AVOIR|Avoir|Note de crédit|Facture d'avoir"),
        "statement": _c("Relevé de compte|RELEVÉ|Rappel de paiement"),
        "order_ack": _c("Confirmation de commande|Devis|DEVIS|Facture proforma|Accusé de réception de commande"),
        "packing_slip": _c("Bon de livraison|BON DE LIVRAISON|Liste de colisage"),
        "receipt": _c("Ticket de caisse|Reçu|Ticket|FACTURE"),
        "purchase_order": _c("Bon de commande|BON DE COMMANDE|Commande d'achat"),
    },
    "nl": {
        "invoice": _c("FACTUUR|Factuur|Kopie factuur|Verkoopfactuur"),
        "credit_note": _c("CREDITNOTA|Creditfactuur|Creditnota"),
        "statement": _c("Rekeningoverzicht|Betalingsherinnering|Aanmaning"),
        "order_ack": _c("Orderbevestiging|Offerte|Pro forma factuur"),
        "packing_slip": _c("Pakbon|PAKBON|Afleverbon"),
        "receipt": _c("Kassabon|Bon|Kwitantie"),
        "purchase_order": _c("Inkooporder|Bestelling"),
    },
}
PAGE_WORD = {"en": ("Page", "Pg", "PAGE", "Page No"), "de": ("Seite", "Blatt"), "fr": ("Page", "Feuillet"), "nl": ("Pagina", "Blad")}
CARRIED = {
    "en": ("Carried forward", "Subtotal carried forward", "Continued", "Page total", "Brought forward", "Continued on next page"),
    "de": ("Übertrag", "Zwischensumme", "Seitensumme", "Fortsetzung"),
    "fr": ("À reporter", "Report", "Sous-total page", "Suite page suivante"),
    "nl": ("Transport", "Subtotaal pagina", "Vervolg"),
}


def wording(rng: Random, language: str, field: str) -> str:
    """One caption for a field; German, French and Dutch pages sometimes use the English one."""
    if language != "en" and rng.random() < 0.06:
        language = "en"
    return rng.choice(CAPTIONS[language][field])


def count() -> int:
    """How many different caption wordings there are in all languages."""
    seen = {(lang, word) for lang, fields in CAPTIONS.items() for words in fields.values() for word in words}
    seen |= {(lang, word) for lang, fields in COLUMNS.items() for words in fields.values() for word in words}
    seen |= {(lang, word) for table in (DECOYS, DATE_DECOYS) for lang, words in table.items() for word in words}
    return len(seen)
