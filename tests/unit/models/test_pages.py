"""The generator: the same page for the same number, labels that tell the truth, real variety."""

from collections import Counter
from decimal import Decimal
from itertools import pairwise
from random import Random

import pytest

from models.pages import captions, generate
from models.pages.facts import KINDS, draw_facts
from models.pages.formats import draw_style, identifier
from models.pages.lines import split_line
from pipeline.domain.document import Box


@pytest.mark.parametrize("seed", range(200))
def test_the_sums_of_the_facts_close(seed: int) -> None:
    facts = draw_facts(Random(seed), KINDS[seed % 2])
    charges = sum((amount for _, amount in facts.charges), Decimal(0))
    assert facts.subtotal == sum((item.total for item in facts.items), Decimal(0))
    assert facts.subtotal + charges + facts.tax == facts.total
    assert facts.due == facts.total - facts.prepaid


def test_a_page_depends_on_its_seed_and_number_only() -> None:
    assert generate.page(3, 17) == generate.page(3, 17)
    assert generate.page(3, 17) != generate.page(4, 17)
    assert generate.digest(3, 5) == generate.digest(3, 5)


def test_every_word_has_a_label_and_lies_on_the_page() -> None:
    for index in range(60):
        made = generate.page(1, index)
        assert len(made.tags) == len(made.items) == len(made.begins) == len(made.page.words) > 0
        for word, tag, begin, item in zip(made.page.words, made.tags, made.begins, made.items, strict=True):
            assert word.text.strip() == word.text != ""
            assert 0 <= word.box.x0 <= word.box.x1 <= 1
            assert 0 <= word.box.y0 <= word.box.y1 <= 1
            assert tag or not begin
            assert tag.startswith("item_") == (item >= 0)


def test_clean_pages_print_the_labelled_number() -> None:
    """On pages without reading errors the words tagged as invoice number are the invoice number."""
    checked = 0
    for index in range(80):
        for made in generate.document(5, index):
            if made.page.source != "pdf_text" or made.kind != "invoice":
                continue
            words = [w.text for w, t in zip(made.page.words, made.tags, strict=True) if t == "invoice_number"]
            checked += bool(words)
            assert all(any(c.isalnum() for c in word) for word in words)
    assert checked > 15


def test_documents_that_are_no_invoice_have_no_invoice_number() -> None:
    for index in range(250):
        for made in generate.document(6, index):
            if made.kind not in ("invoice", "credit_note", "receipt"):
                assert "invoice_number" not in made.tags
                assert "total" not in made.tags


def test_variety() -> None:
    """Kinds, languages, paper and numbers of columns all vary."""
    pages = [generate.page(2, index) for index in range(150)]
    assert len({p.kind for p in pages}) >= 7
    assert {p.language for p in pages} == {"en", "de", "fr", "nl"}
    assert len({(round(p.page.width), round(p.page.height)) for p in pages}) >= 6
    assert captions.count() > 1_300
    assert max(Counter(tuple(sorted(set(p.tags))) for p in pages).values()) < 30


def test_identifier_follows_its_pattern() -> None:
    style = draw_style(Random(1))
    text = identifier(Random(1), "AB-@@##/%%%%", draw_facts(Random(1), "invoice").dates["invoice_date"])
    assert text.startswith("AB-")
    assert text[3:5].isalpha()
    assert text[5:7].isdigit()
    assert style.currency


def test_a_line_is_cut_into_words_inside_its_box() -> None:
    words = split_line("Invoice No 123", Box(0.1, 0.2, 0.5, 0.22), 0.9)
    assert [w.text for w in words] == ["Invoice", "No", "123"]
    assert words[0].box.x0 == pytest.approx(0.1)
    assert words[-1].box.x1 == pytest.approx(0.5)
    assert all(a.box.x1 <= b.box.x0 for a, b in pairwise(words))
