"""What a party's name looks like, and when two names are one party."""

import re
import unicodedata

from rapidfuzz import fuzz

from pipeline.extract.dates import find_dates
from pipeline.extract.labels import is_label, joined, words_of

LEGAL = re.compile(
    r"\b(?:inc|incorporated|llc|l\.l\.c|llp|lp|ltd|limited|corp|corporation|co|company|plc|gmbh|mbh|ag|kg|ohg|gbr|ug|e\.?k|se|sarl|"
    r"s\.a\.r\.l|sas|s\.a\.s|sasu|eurl|sa|s\.a|sci|scop|b\.?v|n\.?v|v\.?o\.?f|pty|pvt|private|sdn|bhd|srl|s\.r\.l|spa|s\.p\.a|oy|ab|aps|a/s|"
    r"enterprise|enterprises|group|trading|holdings?|associates|partners|systems|supply|supplies|services|industries|medical|laboratories|"
    r"distributors|instruments|technologies|solutions)\b\.?",
    re.I,
)
STRICT_LEGAL = re.compile(
    r"\b(?:inc|incorporated|llc|l\.l\.c|llp|ltd|limited|corp|corporation|co|company|plc|gmbh|mbh|ag|ohg|gbr|sarl|sas|sasu|eurl|sa|s\.a|b\.?v|"
    r"n\.?v|pty|pvt|sdn|bhd|srl|s\.r\.l|spa|oy|aps)\b\.?",
    re.I,
)
CARE = re.compile(
    r"\b(?:hospital|health|medical center|clinic|cancer|surgery center|hospice|klinik|klinikum"
    r"|krankenhaus|hopital|clinique|ziekenhuis|infirmary)\b",
    re.I,
)
TITLE_WORD = re.compile(
    r"\b(?:invoice|statement|credit|memo|receipt|packing|slip|order|acknowledg\w*|quote"
    r"|quotation|proforma|pro forma|remittance|rechnung|facture|avoir|"
    r"gutschrift|factuur|bon|copy|original|duplicate|page|tax|bill|purchase|delivery|note|kopie|lieferschein|ticket|thank|welcome)\b",
    re.I,
)
_SKIP = re.compile(
    r"^\W*(?:attn|att|attention|c/o|a/p|accounts? payable|zu haenden|z\.? ?hd|t\.?a\.?v"
    r"|a l'attention|acct|account|customer|cust|id|no|nr|phone|tel|fax|"
    r"e-?mail|vat|gln|siret|siren|page|date|code|contact|gstin)\b[^a-z]*",
    re.I,
)
CITY = re.compile(
    r"\b[A-Z]{2},?\s+\d{5}(?:-\d{4})?\b|^\s*(?:[A-Z]{1,2}-)?\d{4,5}\s+[^\W\d]{3,}|\b\d{4}\s?[A-Z]{2}\b|\b[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}\b"
)
STREET = re.compile(
    r"\b(?:street|st|road|rd|ave|avenue|blvd|boulevard|drive|dr|lane|ln|way|pkwy|parkway|court|ct|suite|ste|plaza|highway|hwy|box|straße|strasse|str|rue|"
    r"weg|platz|allee|straat|laan|chemin|jalan|jln|lot|no)\b",
    re.I,
)
_CUT = re.compile(
    r",?\s*(?:au capital\b|p\.?\s?o\.?\s?box\b|\battn\b|\btel\b|\bphone\b|\bfax\b|•|·|\||;"
    r"|\d{1,6}\s+[A-Z][a-z]|\bvia ach\b|\bor ach\b).*$",
    re.I,
)
CONTACT = re.compile(r"\b(?:tel|phone|fax|www|http|@)|@|\(\d{3}\)\s?\d{3}", re.I)
DOMAIN = re.compile(r"(?:@|www\.|https?://(?:www\.)?)([a-z0-9][a-z0-9\-]{1,40})\.[a-z]{2,}", re.I)


def name_of(text: str) -> str:
    """A party's name without what follows on the same line (address, telephone)."""
    text = unicodedata.normalize("NFKC", text)
    text = re.sub(
        r"\s*\((?:co\.?|reg\.?|no\.?|roc)?[\s:.#]*[A-Z]{0,3}[\d\-]{3,}[\dA-Z\- ]*\)?\s*$", "", text, flags=re.I
    )
    text = re.sub(r"\s*\([^()]*\d{4,}[^()]*\)?\s*$", "", text)
    text = re.sub(r"^([A-Z]) (?=\1[A-Za-z]{2})", "", text)  # a drawn initial before the name
    text = re.sub(r"(\b(?:GmbH|AG|KG|Inc|LLC|Ltd|Corp)\b)\.\s+(?=[A-Z][^.]*\d).*$", r"\1", text)
    text = re.sub(r"\bS[O0D][NM]\s?[B8]H[D0O]\b", "SDN BHD", text)
    return _CUT.sub("", text).strip(" ,;:-–•|*").strip()


def is_name(text: str) -> bool:
    """Whether a line may be a party's name rather than an address, a label or a number."""
    letters = sum(c.isalpha() for c in text)
    digits = sum(c.isdigit() for c in text)
    if letters < 3 or digits > letters or len(text) > 90 or "@" in text or find_dates(text):
        return False
    if (
        text.startswith("(")
        or (re.match(r"\d{1,6}[A-Z]?[,]?\s+\S", text) and not STRICT_LEGAL.search(text))
        or re.search(r"\b(?:contact|capital|cedex|logo|name|nom|line \d)\b|,\s*le$|^nom commercial$", text, re.I)
    ):
        return False
    code = digits >= 3 and " " not in text.strip() and digits * 2 >= letters
    if code or re.search(r"\w\s?:\s*\w", text):
        return False
    if is_label(text) or STRICT_LEGAL.fullmatch(text.strip()):
        return False
    if _SKIP.match(text) or CITY.search(text) or text.rstrip().endswith(":") or "www." in text.lower():
        return False
    if re.fullmatch(
        r"(?:road|street|avenue|suite|drive|address|city|ville|firma|anschrift|adres|adresse|name|country|land"
        r"|united states|etats unis|états unis|france|germany|deutschland|usa)",
        text.strip(),
        re.I,
    ):
        return False
    return not (digits and STREET.search(text) and not STRICT_LEGAL.search(text))


def same_party(a: str, b: str) -> bool:
    """Whether two names mean one party, legal forms aside."""
    left, right = bare(a), bare(b)
    if not left or not right:
        return joined(a) == joined(b)
    return (
        left == right
        or fuzz.token_set_ratio(left, right) >= 92
        or fuzz.ratio(left.replace(" ", ""), right.replace(" ", "")) >= 88
    )


def bare(name: str) -> str:
    words = [w for part in name.split() for w in words_of(part)]
    kept = [w for w in words if not STRICT_LEGAL.fullmatch(w)]
    return " ".join(kept)
