"""Words the generated pages are made of: names of firms and places, goods, services, small print."""

LANGUAGES = ("en", "de", "fr", "nl")


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace("\n", " ").split("|") if part.strip())


SURNAMES = _split(
    "Abbot|Aldridge|Anders|Archer|Ashby|Atwell|Baines|Barlow|Becker|Bellamy|Bishop|Blake|Bowman|Brand|Calloway|Carver|"
    "Chandler|Conrad|Cooper|Dalton|Dawson|Decker|Denton|Draper|Durant|Eaton|Ellison|Emerson|Everett|Fairbanks|Fenton|"
    "Fischer|Fletcher|Foster|Gardner|Gibbs|Grant|Hadley|Halston|Harper|Hayes|Hobart|Holloway|Hughes|Irving|Jansen|"
    "Keller|Kendall|Klein|Lambert|Lange|Langley|Lawson|Leclerc|Marlow|Martin|Mercer|Meyer|Monroe|Moreau|Nash|Norris|"
    "Oakley|Palmer|Parrish|Pfeiffer|Porter|Quincy|Ramsey|Reeves|Renard|Richter|Sauer|Schmidt|Seidel|Sloan|Stanton|"
    "Sutton|Talbot|Thorne|Tucker|Vance|Vogel|Walsh|Webb|Weber|Whitman|Winslow|Wyatt|Yates|Zimmer|Nguyen|Patel|Kumar|"
    "Lim|Tan|Chong|Garcia|Lopez|Rossi|de Vries|Bakker|Visser|van Dijk|Dubois|Lefebvre|Girard|Roux|Müller|Köhler|Jäger"
)
FIRST_NAMES = _split(
    "Anna|Ben|Carla|David|Elena|Frank|Grace|Hans|Ines|James|Karen|Luc|Maria|Nina|Oliver|Paul|Petra|Rita|Sam|Thomas|"
    "Ursula|Victor|Wendy|Marc|Julie|Pieter|Sanne|Priya|Arun|Mei|Jürgen|Céline|Hélène|François|Sophie|Klaus|Robert"
)
STEMS = _split(
    "Alpine|Amber|Apex|Arbor|Atlas|Aurora|Beacon|Blue Ridge|Bay|Canyon|Capitol|Cascade|Central|Clear|Coastal|Compass|"
    "Copper|Crest|Crown|Delta|Eagle|East|Element|Evergreen|First|Frontier|Global|Golden|Granite|Harbor|Heritage|High|"
    "Horizon|Inter|Iron|Lake|Liberty|Lion|Maple|Metro|Mid|Midwest|National|Nexus|North|Northern|Nova|Oak|Ocean|Omega|"
    "Orion|Pacific|Pine|Pioneer|Polar|Premier|Prime|Quantum|Quest|Rapid|Red|Regal|River|Rocky|Royal|Sage|Silver|South|"
    "Spring|Star|Sterling|Summit|Sun|Superior|Swift|Trans|Tri|True|Union|United|Universal|Valley|Vertex|Vista|West|"
    "Western|White|Zenith|Euro|Techno|Medi|Bio|Pharma|Clini|Ortho|Cardio|Vita|Sani|Opti|Nord|Rhein|Alpen|Hanse|Pro"
)
TRADES = {
    "en": _split(
        "Medical|Surgical|Medical Supply|Healthcare|Health|Pharmaceuticals|Pharma|Orthopedics|Instruments|Imaging|"
        "Diagnostics|Laboratories|Scientific|Biomedical|Sterile Processing|Linen|Textile Services|Laundry|Foods|"
        "Foodservice|Produce|Dairy|Bakery|Paper|Janitorial|Office Products|Stationery|Furniture|Industrial Supply|"
        "Electric|Plumbing|Mechanical|HVAC|Elevator|Security|Waste|Environmental|Gas Products|Welding|Logistics|Freight|"
        "Staffing|Consulting|Software|Technologies|Systems|Networks|Telecom|Energy|Water|Uniforms|Packaging|Hardware|"
        "Trading|Motors|Auto Parts|Printing|Media|Marketing|Travel|Catering|Restaurant|Books|Gifts|Enterprise|Wellness"
    ),
    "de": _split(
        "Medizintechnik|Pharma|Großhandel|Handels|Bürobedarf|Elektro|Labortechnik|Krankenhausbedarf|Wäscherei|Lebensmittel|"
        "Sanitär|Gebäudereinigung|Logistik|Spedition|Software|Systemhaus|Werkzeuge|Maschinenbau|Möbel|Druck|Verlag|"
        "Energie|Stadtwerke|Telekommunikation|Beratung|Verpackung|Orthopädie|Optik|Dental|Technik|Autohaus|Fleisch"
    ),
    "fr": _split(
        "Médical|Pharmacie|Fournitures|Bureautique|Informatique|Services|Distribution|Laboratoires|Hygiène|Nettoyage|"
        "Boulangerie|Alimentation|Transport|Logistique|Conseil|Électricité|Plomberie|Mobilier|Imprimerie|Santé|Optique|"
        "Orthopédie|Matériel Médical|Négoce|Traiteur|Restauration|Énergie|Télécom|Sécurité|Formation|Textile|Décoration"
    ),
    "nl": _split(
        "Medisch|Groothandel|Handel|Kantoor|Techniek|Installatie|Logistiek|Transport|Schoonmaak|Voeding|Bakkerij|"
        "Automatisering|Advies|Bouw|Elektro|Zorg|Apotheek|Meubelen|Drukwerk|Energie|Verpakkingen|Diensten|Webshop"
    ),
}
TRADE_TAILS = _split(
    "Supply|Supplies|Products|Services|Group|Solutions|Distributors|Distribution|Company|Associates|Partners|"
    "International|America|USA|of Ohio|Industries|Sales|Wholesale|Equipment|Resources|Care|Depot|Center|Works|Direct"
)
LEGAL = {
    "us": ("Inc.", "Inc", "LLC", "L.L.C.", "Corp.", "Corporation", "Co.", "Company", "LP", "Ltd.", ""),
    "uk": ("Ltd", "Limited", "PLC", "LLP", "Ltd.", ""),
    "in": ("Pvt. Ltd.", "Private Limited", "LLP", "PVT LTD", "Services"),
    "my": ("SDN BHD", "SDN. BHD.", "ENTERPRISE", "TRADING", "(M) SDN BHD", "RESTAURANT"),
    "de": ("GmbH", "AG", "GmbH & Co. KG", "KG", "e.K.", "UG (haftungsbeschränkt)", "OHG", "SE", "gGmbH"),
    "ch": ("AG", "GmbH", "SA"),
    "fr": ("SARL", "SAS", "SA", "S.A.S.", "EURL", "SCOP", "et Fils", ""),
    "nl": ("B.V.", "BV", "N.V.", "VOF", ""),
}
BUYERS = {
    "en": _split(
        "Hospital|Medical Center|Health System|Regional Medical Center|Clinic|Surgery Center|Community Hospital|"
        "Memorial Hospital|Children's Hospital|Women's Hospital|Rehabilitation Center|Hospice|Nursing Home|Cancer Center|"
        "Physicians Group|Health Network|University|School District|City Council|County|Manufacturing|Holdings|Hotel|"
        "Property Management|Residences|Insurance|Importers|Bank|Construction|Retail|Automotive|Consulting|NHS Trust"
    ),
    "de": _split(
        "Krankenhaus|Klinikum|Universitätsklinikum|Kreiskrankenhaus|Pflegeheim|Praxis|Stadtverwaltung|Landratsamt|"
        "Schule|Werke|Hotel|Versicherung|Bau|Kunden|Stiftung|Kliniken|Apotheke|Maschinenfabrik|Bundesamt"
    ),
    "fr": _split(
        "Centre Hospitalier|Clinique|Hôpital|CHU|Mairie|Lycée|Pharmacie|Hôtel|Société|Cabinet|Résidence|Maison de Santé|"
        "Association|Garage|Entreprise|Université|Groupe|Conseil Départemental"
    ),
    "nl": _split("Ziekenhuis|Kliniek|Gemeente|School|Zorgcentrum|Stichting|Hotel|Bedrijf|Apotheek|Medisch Centrum"),
}
SAINTS = _split("St. Mary's|Mercy|Good Samaritan|Trinity|Grace|Providence|St. Luke's|Holy Cross|Baptist|Methodist|Unity")
STREETS = {
    "en": _split("St|Street|Ave|Avenue|Blvd|Road|Rd|Drive|Dr|Lane|Ln|Parkway|Pkwy|Way|Court|Pike|Highway|Square|Place"),
    "de": _split("straße|str.|weg|allee|platz|ring|gasse|damm"),
    "fr": _split("rue|avenue|boulevard|place|chemin|impasse|allée|route|quai"),
    "nl": _split("straat|weg|laan|plein|kade|gracht|singel|dreef"),
}
STREET_STEMS = _split(
    "Main|Oak|Maple|Cedar|Elm|Washington|Park|Lake|Hill|Industrial|Commerce|Enterprise|Market|Mill|Church|River|"
    "Spring|Center|Union|Jefferson|Franklin|Lincoln|Depot|Airport|Technology|Innovation|Corporate|Harbor|Victoria|Garden"
)
CITIES = {
    "us": _split(
        "Columbus, OH|Austin, TX|Denver, CO|Tampa, FL|Phoenix, AZ|Portland, OR|Boise, ID|Omaha, NE|Tulsa, OK|Memphis, TN|"
        "Raleigh, NC|Richmond, VA|Albany, NY|Hartford, CT|Trenton, NJ|Dover, DE|Mobile, AL|Jackson, MS|Reno, NV|Fargo, ND|"
        "Madison, WI|Peoria, IL|Gary, IN|Flint, MI|Duluth, MN|Topeka, KS|Springfield, MO|Atlanta, GA|Macon, GA|Salem, MA|"
        "Chicago, IL|Dallas, TX|Boston, MA|Seattle, WA|San Jose, CA|Fresno, CA|Los Angeles, CA|Pittsburgh, PA|Akron, OH"
    ),
    "uk": _split("London|Leeds|Bristol|Manchester|York|Reading|Oxford|Glasgow|Cardiff|Norwich|Derby|Hull|Bath|Luton"),
    "in": _split("Bangalore, Karnataka|Mumbai, Maharashtra|Pune|Chennai, Tamil Nadu|New Delhi|Patna, Bihar|Hyderabad"),
    "my": _split("JOHOR BAHRU, JOHOR|KUALA LUMPUR|SHAH ALAM, SELANGOR|PETALING JAYA|SKUDAI, JOHOR|IPOH, PERAK|MELAKA"),
    "de": _split(
        "Berlin|Hamburg|München|Köln|Frankfurt am Main|Stuttgart|Leipzig|Dresden|Hannover|Nürnberg|Bremen|Essen|Mainz|Kassel"
    ),
    "ch": _split("Zürich|Basel|Bern|Luzern|Winterthur|St. Gallen"),
    "fr": _split(
        "Paris|Lyon|Marseille|Toulouse|Nantes|Lille|Bordeaux|Rennes|Grenoble|Dijon|Nice|Tours|PARIS CEDEX 08|Saint-Étienne"
    ),
    "nl": _split("Amsterdam|Rotterdam|Utrecht|Den Haag|Eindhoven|Groningen|Tilburg|Almere|Breda|Nijmegen"),
}
COUNTRIES = {
    "us": ("USA", "United States", "U.S.A."),
    "uk": ("United Kingdom", "UK", "England"),
    "in": ("India", "IN"),
    "my": ("Malaysia", "MALAYSIA"),
    "de": ("Deutschland", "Germany", "DE"),
    "ch": ("Schweiz", "Suisse", "CH"),
    "fr": ("France", "FRANCE", "FR"),
    "nl": ("Nederland", "The Netherlands", "NL"),
}

GOODS_HEAD = {
    "en": _split(
        "Glove|Glove Exam|Gown Isolation|Gown Surgical|Mask Procedure|Mask N95|Drape|Syringe|Needle Hypodermic|Catheter|"
        "Catheter Foley|IV Catheter|IV Set|Extension Set|Tubing|Cannula|Gauze Sponge|Bandage|Dressing Foam|Dressing|Tape|"
        "Suture|Stapler|Staple Reload|Trocar|Scalpel|Blade|Forceps|Retractor|Screw Cortical|Screw|Plate Locking|"
        "Knee Implant|Hip Stem|Bone Wax|Mesh|Stent Coronary|Guidewire|Balloon|Electrode|ECG Paper|Lead Wire|Probe Cover|"
        "Ultrasound Gel|Contrast Media|Saline Flush|Sodium Chloride|Dextrose|Heparin|Lidocaine|Propofol|Cefazolin|"
        "Vancomycin|Insulin|Albumin|Reagent Kit|Test Strip|Culture Swab|Specimen Cup|Blood Tube|Pipette|Slide|Control|"
        "Calibrator|Sharps Container|Can Liner|Wipes|Disinfectant|Hand Sanitizer|Soap|Toilet Tissue|Towel|Bed Sheet|"
        "Pillow|Blanket|Scrub Top|Scrub Pant|Walker|Wheelchair|Crutch|Splint|Brace Knee|Oxygen|Nitrous Oxide|Cylinder|"
        "Regulator|Filter|Battery|Cable|Monitor|Toner Cartridge|Copy Paper|Binder|Pen|Label|Envelope|Chair|Desk|Lamp|"
        "Chicken Breast|Ground Beef|Milk|Juice|Bread|Potato|Lettuce|Tomato|Coffee|Rice|Eggs|Cheese|Yogurt|Soup|Apple|"
        "Pump|Valve|Bearing|Belt|Hose|Fitting|Bolt|Washer|Paint|Door Lock|Cleaner|Fuse|Switch|Router|Laptop|Keyboard|"
        "Memory Card|Headset|Shirt|Notebook|Gift Box|Cake|Printer|Camera|Phone|Charger|Nails|Cement|Plywood|Pipe"
    ),
    "de": _split(
        "Handschuhe|Untersuchungshandschuhe|Spritze|Kanüle|Katheter|Infusionsset|Kompresse|Verband|Pflaster|Mundschutz|"
        "Skalpell|Nahtmaterial|Desinfektionsmittel|Seife|Papierhandtücher|Müllbeutel|Bettlaken|Kittel|Reagenz|Teststreifen|"
        "Toner|Kopierpapier|Ordner|Stuhl|Schreibtisch|Lampe|Kabel|Netzteil|Festplatte|Monitor|Schraube|Dichtung|Filter|"
        "Joghurt|Milch|Brot|Kaffee|Kartoffeln|Trennblätter|Beratung|Wartung|Lizenz|Installation|Schulung|Fahrzeug|Miete"
    ),
    "fr": _split(
        "Gants|Seringue|Aiguille|Cathéter|Compresse|Pansement|Masque|Blouse|Champ stérile|Désinfectant|Savon|Papier|Toner|"
        "Classeur|Chaise|Bureau|Lampe|Câble|Écran|Clavier|Vis|Joint|Filtre|Lait|Pain|Café|Yaourt|Pommes|Armoire|Étagère|"
        "Prestation|Maintenance|Licence|Formation|Installation|Location|Abonnement|Service|Conseil|Dépannage|Table|Canapé"
    ),
    "nl": _split(
        "Handschoenen|Spuit|Naald|Katheter|Verband|Pleister|Mondmasker|Desinfectie|Zeep|Papier|Toner|Map|Stoel|Bureau|"
        "Lamp|Kabel|Scherm|Schroef|Filter|Melk|Brood|Koffie|Onderhoud|Licentie|Training|Abonnement|Verzending|Onderhoudsset"
    ),
}
GOODS_TAIL = {
    "en": _split(
        "Nitrile|Latex-Free|Powder-Free|Sterile|Non-Sterile|Disposable|Reusable|Small|Medium|Large|X-Large|Pediatric|Adult|"
        "Blue|White|Clear|Red|Black|Green|Luer Lock|Safety|Fenestrated|Coated|Silicone|PVC|Titanium|Stainless|4-Ply|8-Ply|"
        "Low Sodium|Frozen|Boneless|Sliced|Diced|Whole|Premium|Heavy Duty|Standard|Economy|w/ Valve|with Tip|Left|Right|"
        "USP|SDV|MDV|Preservative Free|Assorted|Extra Strength|Bulk Pack|Refill|Kit|Set|Pair|Universal|Pro|Plus|Ultra|"
        "High Speed|Rechargeable|Wireless|Monthly|Annual|On-site|per Hour|Preventive|Repair|Replacement|Service|Rental"
    ),
    "de": _split(
        "steril|unsteril|puderfrei|Größe M|Größe L|blau|weiß|schwarz|Einweg|groß|klein|mit Ventil|ohne Latex|A4|Standard|"
        "Premium|Set|Nachfüllpack|monatlich|jährlich|vor Ort|pro Stunde|Edelstahl|Bio|100er Pack|gemäß Angebot|Typ B"
    ),
    "fr": _split(
        "stérile|non stérile|taille M|taille L|bleu|blanc|noir|jetable|grand|petit|avec portes|sans latex|A4|standard|"
        "premium|lot|recharge|mensuel|annuel|sur site|à l'heure|inox|bio|personnalisable|d'angle|de bureau|à droite"
    ),
    "nl": _split("steriel|poedervrij|maat M|maat L|blauw|wit|zwart|wegwerp|groot|klein|A4|standaard|set|per maand|per uur"),
}
SIZES = _split(
    "10 mL|20 mL|5 ML|1000 mL|500mg|10 mg/mL|2x2|4x4|10x12|18 in|8 in x 800 ft|55 Gal|16 Fr|14FR|22G x 1 in|3-0|2-0|"
    "50/BX|100/CS|10 mm|4.5 x 32mm|12ct|5 lb|40 LB|6/10 CAN|12 oz|1 gal|0.9%|5%|2.5m|3 m|200 ml|1,5 l|250 g|A4 80g|24V|"
    "16 GB|1TB|60W|15.6\"|No. 11|#15|Size 7.5|L|XL|M|S|2-ply|1/2\"|3/4 in|100pk|Ø 12"
)
SERVICES = {
    "en": _split(
        "Professional services|Consulting hours|Preventive maintenance agreement|Monthly service fee|Equipment rental|"
        "Temporary nursing staff - RN|Transcription service|Courier service|Waste removal|Elevator maintenance|Software "
        "subscription|Hosting|Data plan|Cleaning service|Landscaping|Labor|Travel expenses|On-call hours|Training session|"
        "Calibration and repair|Emergency call-out|Design work|Advertising|Annual licence renewal|Support plan|Flight|Hotel"
    ),
    "de": _split(
        "Beratungsleistung|Wartungsvertrag|Reinigungsleistungen|Arbeitsstunden|Anfahrtspauschale|Softwarepflege|Hosting|"
        "Grundgebühr|Schulungstag|Transportkosten|Leasingrate|Hotelübernachtung|Stromlieferung|Gutschrift Retoure"
    ),
    "fr": _split(
        "Prestation de conseil|Contrat de maintenance|Heures de travail|Forfait déplacement|Hébergement web|Abonnement|"
        "Formation|Location de matériel|Nettoyage des locaux|Architecte principal|Frais de dossier|Développement"
    ),
    "nl": _split("Adviesuren|Onderhoudscontract|Schoonmaakwerkzaamheden|Reiskosten|Hosting|Abonnement|Training|Huur"),
}
UNITS = {
    "en": _split("EA|BX|CS|PK|CT|DZ|RL|PR|BG|KT|GAL|LB|BTL|VL|each|box|case|hr|HRS|pcs|Unit|Month|ea.|TB|CA|CN|TUBE|FT|day"),
    "de": _split("Stk|Stück|Stk.|St|Pck|Karton|Std|Std.|h|kg|m|l|VE|Pauschal|Monat|Tag|Rolle|C62|Pkg"),
    "fr": _split("U|Unité|Unités|pce|PCE|Heures|h|kg|m|L|lot|boîte|forfait|jour|mois|Carton|pièce"),
    "nl": _split("stuk|st|stuks|PCS|doos|uur|kg|m|l|set|maand|dag|pak"),
}
SMALL_PRINT = {
    "en": _split(
        "Thank you for your business!|Claims for shortage must be made within 5 business days of receipt.|Returns require "
        "an RGA number. Call customer service 800-555-0142, option 3.|A finance charge of 1.5% per month applies to past due "
        "accounts.|Please include invoice number on your check.|Order online at www.example.com and save time.|Prices are "
        "subject to change without notice.|Goods remain our property until paid in full.|This invoice is governed by our "
        "standard terms of sale.|Visit us at booth 412 at the annual conference.|Past due after 30 days|All sales are final."
        "|Questions about this invoice? Contact billing at 1-888-555-0177|No signature required. Computer generated invoice."
        "|New remittance address effective 01/01/2026|The perishable commodities listed on this invoice are sold subject to "
        "the statutory trust.|Certified for use in accordance with 21 CFR 820.|GOODS SOLD ARE NOT RETURNABLE|THANK YOU PLEASE "
        "COME AGAIN|Subject to jurisdiction|E. & O.E.|Make all checks payable to the company name above.|Hazmat class 9 UN3481"
        "|Discount does not apply to freight.|Contract pricing per GPO agreement 2024-118|Federal law restricts this device."
    ),
    "de": _split(
        "Vielen Dank für Ihren Auftrag!|Bitte überweisen Sie den Betrag ohne Abzug.|Die Ware bleibt bis zur vollständigen "
        "Bezahlung unser Eigentum.|Es gelten unsere Allgemeinen Geschäftsbedingungen.|Gerichtsstand ist Hamburg.|Das "
        "Leistungsdatum entspricht dem Rechnungsdatum.|Bei Rückfragen wenden Sie sich an unsere Buchhaltung.|Für unsere "
        "Lieferungen und Leistungen stellen wir Ihnen wie vereinbart in Rechnung:|Mit freundlichen Grüßen|Sehr geehrte Damen "
        "und Herren,|Steuerfreie innergemeinschaftliche Lieferung|Bitte bei Zahlung angeben|Irrtum vorbehalten."
    ),
    "fr": _split(
        "Merci pour votre confiance !|En cas de retard de paiement, une pénalité de 3 fois le taux légal sera appliquée.|"
        "Indemnité forfaitaire pour frais de recouvrement : 40 euros.|Pas d'escompte pour paiement anticipé.|TVA acquittée sur "
        "les encaissements.|Réserve de propriété jusqu'au paiement complet.|Conditions générales de vente au verso.|Merci de "
        "rappeler le numéro de facture lors de votre règlement.|Tribunal de commerce de Lyon seul compétent.|Arrêtée la "
        "présente facture à la somme indiquée|TVA non applicable, art. 293 B du CGI"
    ),
    "nl": _split(
        "Bedankt voor uw bestelling!|Wij verzoeken u het bedrag over te maken onder vermelding van het factuurnummer.|Op al onze "
        "leveringen zijn de algemene voorwaarden van toepassing.|Prijzen zijn inclusief BTW.|Betaling binnen 14 dagen.|Heeft u "
        "vragen? Neem contact op met onze klantenservice."
    ),
}
CARRIERS = _split(
    "UPS|UPS GROUND|FedEx|FEDEX 2DAY|OUR TRUCK|Best Way|DHL|Will Call|LTL|USPS|OLD LINE|Common Carrier|Courier|Spedition|"
    "La Poste|PostNL|Delivery|Company Truck|DPD|Chronopost"
)
